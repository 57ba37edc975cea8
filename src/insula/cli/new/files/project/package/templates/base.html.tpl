<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{% block title %}{% endblock %} · @name@</title>
  <link rel="stylesheet" href="{{ url_for('static', filename='style.css') }}">
</head>
<body>
  <header><a href="{{ url_for('pages.index') }}">@name@</a></header>
  <main>
    {% block main %}{% endblock %}
  </main>
</body>
</html>
