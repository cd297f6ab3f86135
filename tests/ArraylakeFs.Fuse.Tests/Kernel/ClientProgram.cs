using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.Fuse.Tests.Doubles;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>This assembly as a program: a daemon that tests may kill, and accesses that no shell tool makes.</summary>
internal static partial class ClientProgram
{
    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetExtendedAttribute(string path, string name, [Out] byte[] value, nint size);

    public static async Task<int> RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["serve", var mountpoint]:
                await ServeAsync(mountpoint);
                return 0;
            case ["mmap", var path]:
                using (var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read))
                using (var view = file.CreateViewStream(0, 0, MemoryMappedFileAccess.Read))
                using (var reader = new StreamReader(view, Encoding.UTF8))
                {
                    Console.Write((await reader.ReadToEndAsync()).TrimEnd('\0'));
                }

                return 0;
            case ["getxattr", var path, var name]:
                var value = new byte[1000];
                Console.Write(Encoding.UTF8.GetString(value, 0, (int)GetExtendedAttribute(path, name, value, value.Length)));
                return 0;
            default:
                await Console.Error.WriteLineAsync("usage: serve MOUNTPOINT | mmap FILE | getxattr FILE NAME");
                return 2;
        }
    }

    /// <summary>Serves until unmounted, or until standard input ends.</summary>
    private static async Task ServeAsync(string mountpoint)
    {
        var files = new MemoryFileSystem();
        files.AddFile("hello", "hello from a daemon\n");
        var options = new FuseMountOptions("test,with\\odd name");
        await using var host = await FuseHost.MountAsync(files, mountpoint, options, Console.Error.WriteLine);
        Console.WriteLine("ready");
        await Task.WhenAny(host.Completion, Task.Run(Console.In.ReadToEnd));
    }
}
