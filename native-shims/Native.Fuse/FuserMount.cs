using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>
/// The setuid helper <c>fusermount3</c> (package fuse3): mounts for users who are not root and hands the device over through a socket,
/// whose number it finds in the environment variable _FUSE_COMMFD.
/// </summary>
public static unsafe class FuserMount
{
    private const string Program = "fusermount3";
    private const int SocketLevel = 1, Rights = 1;

    /// <summary>Mounts and returns the device.</summary>
    /// <exception cref="IOException">The helper is missing or refused; the message carries its own words.</exception>
    public static FuseDevice Mount(string mountpoint, IEnumerable<string> options)
    {
        var (ours, theirs) = FileDescriptor.CreateSocketPair(UnixSocketType.Stream);
        using (ours)
        {
            Process helper;
            using (theirs)
            {
                // Only this end crosses exec.
                _ = LibC.FCntl(theirs, LibC.SetDescriptorFlags, 0);
                helper = Start(theirs.Number, "-o", string.Join(',', options), "--", mountpoint);
            }

            using (helper)
            {
                var device = Receive(ours);
                var complaint = Finish(helper, out var exitCode);
                return device ?? throw new IOException($"{Program} could not mount (exit code {exitCode}): {complaint}");
            }
        }
    }

    /// <summary>Unmounts a mount of this user. Null on success, else the helper's complaint.</summary>
    public static string? Unmount(string mountpoint, bool lazy)
    {
        try
        {
            using var helper = Start(null, lazy ? "-uz" : "-u", "--", mountpoint);
            var complaint = Finish(helper, out var exitCode);
            return exitCode == 0 ? null : complaint;
        }
        catch (IOException missing)
        {
            return missing.Message;
        }
    }

    private static Process Start(int? socket, params string[] arguments)
    {
        var path = Programs.Find(Program) ?? throw new IOException($"{Program} is not installed; it comes with the package fuse3");
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardError = true, WorkingDirectory = "/" };
        if (socket is { } number)
        {
            start.Environment["_FUSE_COMMFD"] = number.ToString();
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception refusal)
        {
            throw new IOException($"{path} cannot be run: {refusal.Message}", refusal);
        }
    }

    private static string Finish(Process helper, out int exitCode)
    {
        var complaint = helper.StandardError.ReadToEnd().Trim();
        helper.WaitForExit();
        exitCode = helper.ExitCode;
        return complaint;
    }

    /// <summary>One byte with one descriptor beside it; null if the helper closes the socket without.</summary>
    private static FuseDevice? Receive(FileDescriptor socket)
    {
        byte data;
        var vector = new IoVector(&data, 1);
        LibC.RightsMessage rights = default;
        var message = new LibC.MessageHeader
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = &rights,
            ControlLength = (nuint)sizeof(LibC.RightsMessage),
        };
        nint length;
        do
        {
            length = LibC.ReceiveMessage(socket, &message, 0);
        }
        while (length < 0 && Marshal.GetLastPInvokeError() == LinuxError.Interrupted);

        var hasRights = message.ControlLength >= (nuint)sizeof(LibC.RightsMessage) - sizeof(int);
        if (length <= 0 || !hasRights || rights.Level != SocketLevel || rights.Type != Rights)
        {
            return null;
        }

        var device = new FuseDevice(rights.Fd);
        _ = LibC.FCntl(device, LibC.SetDescriptorFlags, LibC.CloseOnExec);
        return device;
    }
}
