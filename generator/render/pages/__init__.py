"""What a site is made from: its pages in Markdown, what its search finds, how it is previewed."""
