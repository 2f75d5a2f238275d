"""Paths as people know them, wherever Bazel has put a file."""

def workspace_path(file):
    """A file's path in its workspace: what errors and comments show.

    Args:
      file: a source or generated File, of the main repository or another.

    Returns:
      The path, with slashes.
    """
    if not file.short_path.startswith("../"):
        return file.short_path
    return "/".join(file.short_path.split("/")[2:])

def package_path(file, label):
    """A file's path from the folder of a package.

    Args:
      file: a File.
      label: the label of a target of the package.

    Returns:
      The path. It begins with `../` where the file lies outside, or in another repository.
    """
    if file.owner.workspace_name != label.workspace_name:
        return "../" + workspace_path(file)
    path = workspace_path(file)
    if not label.package:
        return path
    prefix = label.package + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else "../" + path
