using System.Text;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

/// <summary>What shells and tools do, in one call; a failure fails the test unless it is asked for.</summary>
internal static class Files
{
    public static void Write(this IFiles files, string path, byte[] bytes)
    {
        Check(files.Open(path, Access.Write | Access.Create | Access.Truncate, out int descriptor), path);
        Check(files.Write(descriptor, 0, bytes), path);
        Check(files.Close(descriptor), path);
    }

    public static void Write(this IFiles files, string path, string text) => files.Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Changes a file that is there, in place.</summary>
    public static void WriteAt(this IFiles files, string path, long offset, byte[] bytes)
    {
        Check(files.Open(path, Access.Write, out int descriptor), path);
        Check(files.Write(descriptor, offset, bytes), path);
        Check(files.Close(descriptor), path);
    }

    /// <summary>As zarr does: a temporary name, then a rename.</summary>
    public static void Replace(this IFiles files, string path, byte[] bytes)
    {
        string temporary = $"{path[..(path.LastIndexOf('/') + 1)]}{Guid.NewGuid():N}.partial";
        files.Write(temporary, bytes);
        Check(files.Rename(temporary, path), path);
    }

    /// <summary>As cp does, which insists upon making what is not there.</summary>
    public static Errno Copy(this IFiles files, string from, string to) =>
        files.Copy(from, to, files.Stat(to, out _) == Errno.NoEntry ? Access.Exclusive : Access.Truncate);

    /// <summary>As other programs do, the part from <paramref name="offset"/> on; the kernel ends at the end of the source that it knows.</summary>
    public static Errno Copy(this IFiles files, string from, string to, Access access, long offset = 0)
    {
        var errno = files.Stat(from, out var stat);
        errno = errno != Errno.None ? errno : stat.IsDirectory ? Errno.IsDirectory : Errno.None;
        int source = -1;
        errno = errno != Errno.None ? errno : files.Open(from, Access.Read, out source);
        if (errno != Errno.None)
        {
            return errno;
        }

        errno = files.Open(to, Access.Write | Access.Create | access, out int target);
        for (long at = offset, copied = -1; errno == Errno.None && copied != 0 && at < stat.Size; at += copied)
        {
            errno = files.CopyRange(source, at, target, at, stat.Size - at, out copied);
        }

        files.Close(source);
        if (target >= 0)
        {
            files.Close(target);
        }

        return errno;
    }

    /// <summary>As cp -r does.</summary>
    public static void CopyTree(this IFiles files, string from, string to)
    {
        Check(files.MakeDirectory(to), to);
        foreach (string name in files.ListNames(from))
        {
            if (files.StatOf($"{from}/{name}").IsDirectory)
            {
                files.CopyTree($"{from}/{name}", $"{to}/{name}");
            }
            else
            {
                Check(files.Copy($"{from}/{name}", $"{to}/{name}"), $"{to}/{name}");
            }
        }
    }

    public static byte[] ReadBytes(this IFiles files, string path)
    {
        Check(files.TryReadBytes(path, out byte[] bytes), path);
        return bytes;
    }

    public static string ReadText(this IFiles files, string path) => Encoding.UTF8.GetString(files.ReadBytes(path));

    public static Errno TryReadBytes(this IFiles files, string path, out byte[] bytes)
    {
        var all = new MemoryStream();
        var errno = files.Open(path, Access.Read, out int descriptor);
        while (errno == Errno.None)
        {
            errno = files.Read(descriptor, all.Length, 1000, out byte[] part);
            if (part.Length == 0)
            {
                break;
            }

            all.Write(part);
        }

        if (descriptor >= 0)
        {
            files.Close(descriptor);
        }

        bytes = all.ToArray();
        return errno;
    }

    /// <summary>One write(2) to a control file; its errno.</summary>
    public static Errno Command(this IFiles files, string path, string text)
    {
        Check(files.Open(path, Access.Write | Access.Truncate, out int descriptor), path);
        var errno = files.Write(descriptor, 0, Encoding.UTF8.GetBytes(text + "\n"));
        files.Close(descriptor);
        return errno;
    }

    public static void MakeDirectories(this IFiles files, string path)
    {
        for (int slash = 0; slash >= 0;)
        {
            slash = path.IndexOf('/', slash + 1);
            var errno = files.MakeDirectory(slash < 0 ? path : path[..slash]);
            Assert.True(errno is Errno.None or Errno.Exists or Errno.NotPermitted, $"{path}: {errno}");
        }
    }

    public static FileStat StatOf(this IFiles files, string path)
    {
        Check(files.Stat(path, out var stat), path);
        return stat;
    }

    public static bool Exists(this IFiles files, string path) => files.Stat(path, out _) == Errno.None;

    public static string[] ListNames(this IFiles files, string path)
    {
        Check(files.List(path, out string[] names), path);
        return names;
    }

    /// <summary>Everything below a directory, by path relative to it; directories end with a slash.</summary>
    public static SortedDictionary<string, FileStat> Walk(this IFiles files, string root)
    {
        var found = new SortedDictionary<string, FileStat>(StringComparer.Ordinal);
        void Visit(string path, string shown)
        {
            foreach (string name in files.ListNames(path))
            {
                var stat = files.StatOf($"{path}/{name}");
                found.Add(shown + name + (stat.IsDirectory ? "/" : ""), stat);
                if (stat.IsDirectory)
                {
                    Visit($"{path}/{name}", $"{shown}{name}/");
                }
            }
        }

        Visit(root, "");
        return found;
    }

    /// <summary>Every file below a directory with its bytes.</summary>
    public static SortedDictionary<string, byte[]> Contents(this IFiles files, string root)
    {
        var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string path in files.Walk(root).Keys.Where(p => !p.EndsWith('/')))
        {
            contents.Add(path, files.ReadBytes($"{root}/{path}"));
        }

        return contents;
    }

    /// <summary>As Python's rmtree and rm -r do.</summary>
    public static void RemoveTree(this IFiles files, string path)
    {
        foreach (string name in files.ListNames(path))
        {
            string below = $"{path}/{name}";
            if (files.StatOf(below).IsDirectory)
            {
                files.RemoveTree(below);
            }
            else
            {
                Check(files.Unlink(below), below);
            }
        }

        Check(files.RemoveDirectory(path), path);
    }

    public static void Check(Errno errno, string what) => Assert.True(errno == Errno.None, $"{what}: {errno}");
}
