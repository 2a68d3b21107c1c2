"""Results reopened, folders of studies, and how far two readers agree."""
