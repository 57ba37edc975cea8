{% extends "base.html" %}

{% block title %}{{ error.name }}{% endblock %}

{% block main %}
<h1>{{ error.name }}</h1>
<p>{{ error.description }}</p>
{% endblock %}
