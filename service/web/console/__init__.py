"""The operators' console: one module a page, forms that post, redirect and say what happened."""
