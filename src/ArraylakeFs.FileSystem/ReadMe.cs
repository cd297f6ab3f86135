namespace ArraylakeFs.FileSystem;

/// <summary>The <c>README</c> of a mount.</summary>
internal static class ReadMe
{
    public const string Text = """
        This is a version-controlled Zarr repository (Icechunk), mounted by arraylakefs.

        root.zarr/       the data: open it with any Zarr v3 tool, or with cp, mv and rm. Changes stay in your session until you commit.
        root.v2.zarr/    the same data for tools that know only Zarr v2

        cat status       where you are, and what you changed            (status.json for programs)
        cat diff         what you changed, node by node                  (diff.json)
        cat log          the commits that led here                       (log.json)
        cat tree         groups and arrays                               (tree.json)
        cat info/PATH    the facts about an array; info/PATH/.info about a group (with .json behind the name: for programs)

        echo "message" > commit       commits; cat commit shows the new commit's id
        echo "message" > amend        puts a commit in the place of the newest one
        echo fail > rebase            puts your changes on the branch as others moved it; "ours" or "theirs" resolves conflicts
        cat conflicts.json            what both sides changed
        echo NAME > checkout          shows a branch, a tag or a commit id; only a branch can be changed
        echo all > discard            drops all uncommitted changes (or one: echo PATH > discard)
        cat error                     why the last command failed, in full
        cat metrics                   what the mount has done so far, in numbers (Prometheus)

        branches/ tags/  links to commits
        mkdir branches/NAME                       makes a branch at the commit that is shown (tags/NAME: a tag, for ever)
        ln -s ../commits/ID branches/NAME         makes one at another commit; ln -sfn sets a branch that is there to it
        mv branches/NAME branches/NEW             renames it; over another branch with mv -T
        rm branches/NAME                          deletes it; its commits stay
        commits/ID/      message, author, date, parent, changes (since its parent; changes.json), and root.zarr and root.v2.zarr as they were: read-only

        A command's result is the result of the write: echo "message" > commit || cat error

        """;
}
