FROM python:3.13-slim

WORKDIR /srv
COPY pyproject.toml wsgi.py ./
COPY @package@ @package@
RUN pip install --no-cache-dir .

# The key is given when the container starts: -e @PREFIX@_SECRET_KEY=...
ENV @PREFIX@_SESSION_COOKIE_SECURE=true
USER nobody
EXPOSE 8000
CMD ["insula", "run", "--host", "0.0.0.0", "--port", "8000"]
