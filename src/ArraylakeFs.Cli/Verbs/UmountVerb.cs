using System.CommandLine;
using ArraylakeFs.Fuse;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>umount</c></summary>
internal static class UmountVerb
{
    public static Command Command()
    {
        var mountpoint = new Argument<string>("mountpoint") { Description = "where it is mounted" };
        var lazy = new Option<bool>("--lazy", "-z") { Description = "detach it now, even if files are open" };
        return new Command("umount", "unmounts; uncommitted changes wait for the next mount at the same place") { mountpoint, lazy }.Does((parsed, _) =>
            FuseMount.UnmountAsync(parsed.GetRequiredValue(mountpoint), parsed.GetValue(lazy)));
    }
}
