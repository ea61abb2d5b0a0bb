"""Coverage: rules that turn plant into facts. `decide.cover` is the door; each rule has its own file."""
