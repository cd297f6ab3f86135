namespace ArraylakeFs.FileSystem.Tests;

/// <summary>One change of the tree, as a Zarr tool makes it. A path is below the root; that of a chunk is its array's and the coordinate.</summary>
internal readonly record struct Edit(string What, string Path, string Text = "")
{
    public string[] Words => [What, Path, Text];
}

/// <summary>What two sides do to the base, what of it conflicts, and what the tree holds when the conflict is resolved.</summary>
/// <remarks>
/// Expectations are lines: <c>a/0=ours</c> (a chunk's text), <c>a=ours</c> (the attribute of a node), <c>a</c> (it is a node), <c>!a</c> (there is
/// nothing of that name). Without conflicts, <see cref="Ours"/> says what is committed.
/// </remarks>
internal sealed record ConflictRow(string Name, string OursDo, string TheirsDo, string Conflicts, string Ours, string Theirs = "")
{
    /// <summary>Where only an official client can have made that state, because we refuse it.</summary>
    public bool IsOfficialOnly { get; init; }
}

/// <summary>The rules of icechunk-format.md 7.2 and where we are stricter, row by row. The base: groups g, h, h/i, arrays a, g/b, h/i/d, k of 3 chunks, and e without.</summary>
internal static class ConflictTable
{
    public static readonly ConflictRow[] Rows =
    [
        // Nothing conflicts.
        new("other nodes", "chunk a/0 ours", "chunk g/b/0 theirs", "", "a/0=ours g/b/0=theirs"),
        new("other chunks of one array", "chunk a/0 ours", "chunk a/1 theirs", "", "a/0=ours a/1=theirs a/2=base"),
        new("chunks where neither had any", "chunk e/0 ours", "chunk e/1 theirs", "", "e/0=ours e/1=theirs"),
        new("document of parent and of child", "attributes g ours", "attributes g/b theirs", "", "g=ours g/b=theirs"),
        new("both delete", "delete a;chunk k/0 ours", "delete a", "", "!a k/0=ours"),
        new("deleted here, made anew there", "delete a;chunk k/0 ours", "delete a;array a theirs", "", "a=theirs a/0=theirs k/0=ours"),
        new("new attributes over new chunks", "attributes a ours", "chunk a/0 theirs", "", "a=ours a/0=theirs"),
        new("growth over new chunks", "resize a 5;chunk a/4 ours", "chunk a/0 theirs", "", "a/0=theirs a/4=ours"),
        new("moved here, chunk written there", "move a z", "chunk a/0 theirs", "", "!a z/0=theirs z/1=base"),
        new("moved here, node made below there", "move g z", "array g/n theirs", "", "!g z/b/0=base z/n/0=theirs"),
        new("moved here, node in it deleted there", "move h z", "delete h/i", "", "!h z=base !z/i"),
        new("new nodes beside one another", "array g/n ours", "array g/m theirs", "", "g/n/0=ours g/m/0=theirs"),
        new("a directory that is a group there", "loose n/README;chunk k/0 ours", "group n theirs", "", "n=theirs k/0=ours"),

        // New and moved nodes.
        new("one new array twice", "array n ours", "array n theirs", "path_taken /n", "n=ours n/0=ours", "n=theirs n/0=theirs"),
        new("a new group and a new array", "group n ours;array n/x ours", "array n theirs", "path_taken /n", "n=ours n/x/0=ours", "n/0=theirs !n/x"),
        new("one new group twice", "group n ours;array n/x ours", "group n theirs;array n/y theirs", "path_taken /n",
            "n=ours n/x/0=ours n/y/0=theirs", "n=theirs n/y/0=theirs"),
        new("new below what became an array", "array g/n ours", "delete g;array g theirs", "below_array /g/n", "g=base g/n/0=ours !g/b !g/0", "g/0=theirs !g/n"),
        new("new below a deleted group", "array g/n ours", "delete g", "group_gone /g/n", "g=base g/n/0=ours !g/b", "!g"),
        new("a new array where a node was made below", "array n ours", "array n/m theirs", "below_array /n", "n=ours n/0=ours !n/m", "n/m/0=theirs")
        {
            IsOfficialOnly = true,
        },
        new("moved to where one was made", "move a z", "array z theirs", "path_taken /z", "!a z/0=base", "a/0=base z/0=theirs"),
        new("moved into a deleted group", "move a g/z", "delete g", "group_gone /g/z", "!a g=base g/z/0=base !g/b", "a/0=base !g"),
        new("moved an array that was deleted", "move a z", "delete a", "moved_deleted_node /z", "!a z=base z/0=base", "!a !z"),
        new("moved a group that was deleted", "move h z", "delete h", "moved_deleted_node /z", "!h z=base z/i=base z/i/d/0=base", "!h !z"),
        new("both move one array", "move a y", "move a z", "others_moved /a", "!a !z y/0=base", "!a !y z/0=base"),
        new("a chunk of an array that was moved", "chunk a/0 ours", "move a z", "others_moved /a", "!a z/0=ours z/1=base", "!a z/0=ours"),
        new("a chunk below a group that was moved", "chunk h/i/d/0 ours", "move h z", "others_moved /h", "!h z/i/d/0=ours z/i/d/1=base", "!h z/i/d/0=ours"),
        new("anything where anything was moved", "chunk k/0 ours", "move a z", "others_moved /a", "!a z/0=base k/0=ours", "!a z/0=base k/0=ours"),

        // Documents.
        new("one group's document twice", "attributes g ours", "attributes g theirs", "document_changed_twice /g", "g=ours g/b/0=base", "g=theirs g/b/0=base"),
        new("one array's document twice", "attributes a ours", "attributes a theirs", "document_changed_twice /a", "a=ours a/0=base", "a=theirs a/0=base"),
        new("document of a deleted array", "attributes a ours", "delete a", "document_of_deleted_node /a", "a=ours a/0=base a/2=base", "!a"),
        new("document of a deleted group", "attributes h ours", "delete h", "document_of_deleted_node /h", "h=ours !h/i", "!h"),
        new("shrunk under a new chunk", "resize a 1", "chunk a/2 theirs", "document_under_new_chunks /a", "a/0=base", "a/0=base a/2=theirs"),
        new("recoded under a new chunk", "recode a ours", "chunk a/0 theirs", "document_under_new_chunks /a", "a=ours a/0=base", "a=base a/0=theirs"),

        // Chunks.
        new("one chunk twice", "chunk a/0 ours;chunk a/1 ours", "chunk a/0 theirs;chunk a/2 theirs", "chunks_changed_twice /a",
            "a/0=ours a/1=ours a/2=theirs", "a/0=theirs a/1=ours a/2=theirs"),
        new("a chunk deleted and written", "unchunk a/0", "chunk a/0 theirs", "chunks_changed_twice /a", "!a/0 a/1=base", "a/0=theirs"),
        new("a chunk written and deleted", "chunk a/0 ours", "unchunk a/0", "chunks_changed_twice /a", "a/0=ours", "!a/0 a/1=base"),
        new("all chunks removed, one written", "unchunks k", "chunk k/1 theirs", "chunks_changed_twice /k", "!k/0 !k/1 !k/2 k=base", "k/1=theirs"),
        new("all chunks removed, another made", "unchunks p", "chunk p/4 theirs", "name_taken /p/c", "!p/0 !p/4 p=base", "p/0=base p/4=theirs"),
        new("a chunk of a deleted array", "chunk a/0 ours", "delete a", "chunks_of_deleted_array /a", "a=base a/0=ours a/1=base", "!a"),
        new("a chunk of an array in deleted groups", "chunk h/i/d/0 ours", "delete h", "chunks_of_deleted_array /h/i/d",
            "h=base h/i=base h/i/d/0=ours h/i/d/1=base", "!h"),
        new("a chunk of an array with other attributes", "chunk a/0 ours", "attributes a theirs", "chunks_of_changed_array /a", "a=theirs a/0=ours", "a=theirs a/0=base"),
        new("a chunk of an array of another type", "chunk a/0 ours", "recode a theirs", "chunks_of_reshaped_array /a", "a=base a/0=ours a/1=base", "a=theirs a/0=base"),
        new("a chunk outside a shrunk array", "chunk a/2 ours", "resize a 1", "chunks_of_reshaped_array /a", "a=base a/2=ours a/1=base", "a/0=base !a/2"),

        // Deletions.
        new("an array deleted and its chunk written", "delete a", "chunk a/0 theirs", "deleted_changed_node /a", "!a", "a/0=theirs a/1=base"),
        new("an array deleted and its document changed", "delete a", "attributes a theirs", "deleted_changed_node /a", "!a", "a=theirs a/0=base"),
        new("a group deleted and its document changed", "delete h", "attributes h theirs", "deleted_changed_node /h", "!h", "h=theirs h/i/d/0=base"),
        new("a group deleted and a chunk below written", "delete h", "chunk h/i/d/0 theirs", "deleted_changed_node /h/i/d", "!h", "h=base h/i/d/0=theirs"),
        new("a group deleted and a node made in it", "delete h", "array h/n theirs", "deleted_changed_node /h", "!h", "h=base h/n/0=theirs h/i/d/0=base"),
        new("a group made anew and a node made in it", "delete h;group h ours", "array h/n theirs", "deleted_changed_node /h", "h=ours !h/n !h/i", "h=base h/n/0=theirs"),
        new("a group made anew and a chunk in it written", "delete h;group h ours", "chunk h/i/d/0 theirs", "deleted_changed_node /h/i/d", "h=ours !h/i",
            "h=base h/i/d/0=theirs"),
        new("a file of the name of a new node", "loose n;chunk k/0 ours", "group n theirs", "name_taken /n", "k/0=ours", "n=theirs k/0=ours"),
    ];

    /// <summary>The edits of a text such as <c>chunk a/0 ours;delete g</c>.</summary>
    public static Edit[] EditsOf(string text) =>
        [.. text.Split(';').Select(edit => edit.Split(' ')).Select(words => new Edit(words[0], words[1], words.ElementAtOrDefault(2) ?? ""))];
}
