"""A cohort judged, part by part: by SQL where the rules compile, by the interpreter where they do not."""
