{% extends "base.html" %}

{% block title %}Welcome{% endblock %}

{% block main %}
<h1>{% if name %}Hello, {{ name }}!{% else %}Hello!{% endif %}</h1>
{% for message in get_flashed_messages() %}
<p role="status">{{ message }}</p>
{% endfor %}
<form method="post" action="{{ url_for('pages.remember') }}">
  <label>Your name <input name="name" maxlength="80" autocomplete="name"></label>
  <button>Greet me</button>
</form>
{% endblock %}
