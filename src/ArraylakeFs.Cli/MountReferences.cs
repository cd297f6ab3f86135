using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli;

/// <summary>The branches or tags of a mount: links below <c>branches/</c> and <c>tags/</c>, changed as any program would change them.</summary>
internal sealed partial class MountReferences(MountLocation mount, ReferenceKind kind) : IReferences
{
    private const string Branches = "branches", Tags = "tags", Commits = "commits";
    private const int LongestFileName = 255;

    private string Folder => kind == ReferenceKind.Branch ? Branches : Tags;

    private string What => kind == ReferenceKind.Branch ? "branch" : "tag";

    public Task<IReadOnlyList<(string Name, string Commit)>> ListAsync()
    {
        var links = new DirectoryInfo(mount.PathOf(Folder)).EnumerateFileSystemInfos().Where(link => link.LinkTarget is not null);
        return Task.FromResult<IReadOnlyList<(string, string)>>([.. links
            .Select(link => (Name: ReferenceName.Decode(link.Name) ?? link.Name, Commit: Path.GetFileName(link.LinkTarget!)))
            .OrderBy(link => link.Name, StringComparer.Ordinal)]);
    }

    public async Task CreateAsync(string name, string? version)
    {
        string link = PathOf(Folder, name);
        if (IsLink(link))
        {
            throw new CliException($"there is a {What} '{name}' already");
        }

        await CheckAsync(version is null ? MakeDirectory(link, 0x1FF) : MakeLink(TargetOf(version), link));
    }

    public async Task DeleteAsync(string name) => await CheckAsync(Unlink(PathOfExisting(name)));

    public async Task ResetAsync(string branch, string version)
    {
        // As `ln -sfn` does it: no branch is made of a name like this.
        string link = PathOfExisting(branch), temporary = mount.PathOf(Path.Combine(Folder, "Cu" + Guid.NewGuid().ToString("N")[..6]));
        await CheckAsync(MakeLink(TargetOf(version), temporary));
        try
        {
            await CheckAsync(Rename(temporary, link));
        }
        catch
        {
            _ = Unlink(temporary);
            throw;
        }
    }

    public ValueTask DisposeAsync() => default;

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private string PathOfExisting(string name) => PathOf(Folder, name) is var path && IsLink(path) ? path : throw new CliException($"there is no {What} '{name}'");

    private string PathOf(string folder, string name)
    {
        string file = ReferenceName.Encode(name);
        return Encoding.UTF8.GetByteCount(file) <= LongestFileName
            ? mount.PathOf(Path.Combine(folder, file))
            : throw new CliException($"the name of a {What} has at most {LongestFileName} bytes in a mount; give the repository instead of the mount");
    }

    private string TargetOf(string version)
    {
        foreach (string folder in (string[])[Branches, Tags])
        {
            if (IsLink(PathOf(folder, version)))
            {
                return $"../{folder}/{ReferenceName.Encode(version)}";
            }
        }

        return mount.IsDirectory(Path.Combine(Commits, ReferenceName.Encode(version))) ? $"../{Commits}/{version}"
            : throw new CliException($"there is no branch, tag or commit named '{version}'");
    }

    private async Task CheckAsync(int result)
    {
        if (result != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            string why = (await mount.ReadAsync("error", default)).Trim();
            throw new CliException(why.Length > 0 ? why : new Win32Exception(errno).Message);
        }
    }

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeLink(string target, string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string path, string newPath);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);
}
