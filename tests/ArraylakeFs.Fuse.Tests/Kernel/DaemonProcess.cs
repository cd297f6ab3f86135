using System.Diagnostics;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>This assembly as a daemon in a process of its own, which a test may kill.</summary>
internal sealed class DaemonProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    private DaemonProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>Starts it and waits until the mount answers. <paramref name="command"/> is the script that runs it.</summary>
    public static async Task<DaemonProcess> StartAsync(string command)
    {
        var daemon = new DaemonProcess(Shell.Start(command));
        var ready = await daemon._process.StandardOutput.ReadLineAsync().WaitAsync(Shell.Patience);
        if (ready != "ready")
        {
            await daemon._process.WaitForExitAsync().WaitAsync(Shell.Patience);
            throw new InvalidOperationException($"The daemon did not start: {ready} {await daemon._error}");
        }

        return daemon;
    }

    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(Shell.Patience);
    }

    /// <summary>Ends its input and returns what it wrote to standard error.</summary>
    public async Task<string> StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Shell.Patience);
        return await _error.WaitAsync(Shell.Patience);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
