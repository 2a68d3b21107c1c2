"""Pages of QFR results as HTML: templates, style and script, without anything from elsewhere."""
