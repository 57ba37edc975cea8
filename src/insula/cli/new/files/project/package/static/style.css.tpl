:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0 auto; max-width: 40rem; padding: 1rem; }
header a { font-weight: bold; text-decoration: none; }
input, button { font: inherit; }
