namespace ArraylakeFs.Fuse.Tests;

public class MountTableTests
{
    private const string Table = """
        22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        23 22 0:21 / /proc rw,nosuid shared:5 master:1 - proc proc rw
        30 22 0:47 / /mnt/o\040c\134ean\011 rw,nosuid,nodev - fuse.arraylakefs earthmover/o\040cean rw,user_id=0
        31 22 0:48 / /mnt/o rw - fuse.arraylakefs first rw
        32 22 0:49 / /mnt/o rw - fuse.bindfs second rw
        garbage
        33 22 broken / /mnt/x rw - fuse x rw
        34 22 0:50 / /mnt/y rw fuse y rw
        """;

    [Fact]
    public void Fields_are_found_behind_any_number_of_optional_ones()
    {
        var entries = MountTable.Parse(Table).ToList();
        Assert.Equal(5, entries.Count);
        Assert.Equal(new MountEntry(21, "/proc", "proc", "proc"), entries[1]);
    }

    [Fact]
    public void Escaped_characters_are_read() =>
        Assert.Equal(new MountEntry(47, "/mnt/o c\\ean\t", "fuse.arraylakefs", "earthmover/o cean"), MountTable.Parse(Table).ElementAt(2));

    [Fact]
    public void The_real_table_has_a_root() => Assert.NotNull(MountTable.TopAt("/"));

    [Fact]
    public void A_plain_directory_is_no_mount() => Assert.Null(MountTable.TopAt("/nonexistent"));
}
