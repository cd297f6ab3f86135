using System.CommandLine;
using ArraylakeFs.Fuse;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>mount</c></summary>
internal static class MountVerb
{
    private const long BytesPerMebibyte = 1 << 20;

    public static Command Command(DaemonStart? started)
    {
        var name = RepositoryLocation.Argument();
        var mountpoint = new Argument<string>("mountpoint") { Description = "an empty directory" };
        var branch = new Option<string?>("--branch") { Description = "the branch to work on (default: where the session was, at first main)" };
        var version = new Option<string?>("--ref") { Description = "a branch, tag or commit id to look at" };
        var immutable = new Option<bool>("--immutable")
        {
            Description = "mount the version of --ref alone, with nothing that can change: the kernel asks for nothing twice",
        };
        var readOnly = new Option<bool>("--read-only") { Description = "refuse all changes" };
        var session = new Option<string?>("--session") { Description = "a session by name, to take up at any mountpoint" };
        var allowOther = new Option<bool>("--allow-other") { Description = "let other users in" };
        var allowVirtual = new Option<string[]>("--allow-virtual")
        {
            Description = "a folder, as file:///data/, that the repository's virtual chunks may be read from; can be repeated",
        };
        var cacheSize = new Option<int>("--cache-size")
        {
            Description = "how many MiB of manifests and snapshots are kept in memory besides those in use; for each the kernel may know 200 files",
            DefaultValueFactory = _ => (int)(ZarrRepository.DefaultCacheBytes / BytesPerMebibyte),
        };
        cacheSize.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--cache-size is at least 1 (MiB)");
            }
        });
        var noPassthrough = new Option<bool>("--no-passthrough")
        {
            Description = $"the kernel is not to read chunks by itself, even where it can (also: {Settings.PassthroughVariable}=off)",
        };
        var ioUring = new Option<bool>("--io-uring")
        {
            Description = $"the kernel's messages are to come by io_uring, where root has allowed it (also: {Settings.IoUringVariable}=on)",
        };
        var foreground = new Option<bool>("--foreground", "-f") { Description = "stay, and end with the mount" };
        var detached = new Option<bool>(Daemon.DetachedOption) { Hidden = true };
        var command = new Command("mount", "mounts a repository; returns when the mount answers")
        {
            name, mountpoint, branch, version, immutable, readOnly, session, allowOther, allowVirtual, cacheSize, noPassthrough, ioUring, foreground,
            detached,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(branch) is not null && result.GetResult(version) is not null)
            {
                result.AddError("--branch is for working, --ref for looking: give one of them");
            }

            if (result.GetValue(immutable) && result.GetResult(version) is null)
            {
                result.AddError("--immutable shows one version: name it with --ref");
            }

            if (result.GetValue(immutable) && result.GetResult(session) is not null)
            {
                result.AddError("--immutable has no session, so there is none to name with --session");
            }
        });
        return command.Does(async (parsed, cancellationToken) =>
        {
            var repository = RepositoryLocation.Of(parsed.GetRequiredValue(name), parsed);
            string place = CanonicalPath.Of(parsed.GetRequiredValue(mountpoint));
            string sessionName = parsed.GetValue(session) is { } chosen ? "name:" + chosen
                : (parsed.GetValue(immutable) ? "immutable:" : "mountpoint:") + place;
            var settings = new SessionSettings(SessionFolders.Of(Settings.Sessions, repository.Folder, sessionName), repository.Name)
            {
                Branch = parsed.GetValue(branch),
                Ref = parsed.GetValue(version),
                ReadOnly = parsed.GetValue(readOnly),
            };
            var mount = new MountRequest(
                repository, place, settings, Settings.VirtualAccess(parsed.GetValue(allowVirtual) ?? []),
                parsed.GetValue(cacheSize) * BytesPerMebibyte, parsed.GetValue(immutable), parsed.GetValue(allowOther),
                Settings.Passthrough && !parsed.GetValue(noPassthrough), Settings.IoUring || parsed.GetValue(ioUring));
            if (parsed.GetValue(foreground) || parsed.GetValue(detached))
            {
                await Daemon.ServeAsync(mount with { Session = settings with { Author = Settings.Author() } }, parsed.GetValue(detached));
            }
            else if ((started ?? DaemonStart.Now()) is { IsReady: false } failed)
            {
                throw failed.Failure(settings.Folder);
            }
        });
    }
}
