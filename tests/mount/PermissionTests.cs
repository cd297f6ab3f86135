using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Permission bits, for the user whose mount it is: as on a disk, and without a message for each change of a name.</summary>
public sealed class PermissionTests : IDisposable
{
    private const string Questions = """
        cd "$1"
        says() { "$@" 2>/dev/null; echo "$* $?"; }
        mkdir -p d; echo 'echo run' > d/f; cp d/f d/x; chmod 644 d/f; chmod 755 d/x
        for name in d/f d/x d; do for bit in r w x; do says test -$bit $name; done; done
        says ./d/f; says ./d/x; says env -C d true
        chmod 000 d/f; says cat d/f; says test -r d/f; says test -x d/f
        chmod 111 d/f; says test -x d/f
        stat -c '%A %n' d/f d/x d
        """;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountFact]
    public void Permission_bits_say_to_the_mounter_what_they_say_on_a_disk()
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        string disk = _world.NewPath("disk");
        Directory.CreateDirectory(disk);
        Assert.Equal(Command.Shell(Questions, disk).Succeed(), Command.Shell(Questions, mount["root.zarr"]).Succeed());
    }

    [PassthroughTheory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Root_alone_is_not_asked_for_the_attributes_of_a_directory_after_each_change(bool allowOther, bool isFree)
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo", options: allowOther ? ["--allow-other"] : []);
        mount.Shell("cd root.zarr; for i in $(seq 100); do echo $i > $i.partial; mv $i.partial $i; done").Succeed();
        int asked = int.Parse(mount.Shell("sed -n 's/.*operation=\"GETATTR\"} //p' metrics").Succeed());
        Assert.Equal(isFree, asked < 100);
    }
}
