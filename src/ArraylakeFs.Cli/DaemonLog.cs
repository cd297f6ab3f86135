using System.Globalization;

namespace ArraylakeFs.Cli;

/// <summary>What the serving process has to say: into a file, or on standard error where it runs in the foreground.</summary>
internal sealed class DaemonLog : IDisposable
{
    private const long MaxBytes = 1 << 20;

    private readonly TextWriter _writer;
    private readonly Lock _lock = new();
    private readonly bool _isFile;

    public DaemonLog(string? path)
    {
        _isFile = path is not null;
        if (path is null)
        {
            _writer = Console.Error;
            return;
        }

        bool isLong = File.Exists(path) && new FileInfo(path).Length > MaxBytes;
        _writer = new StreamWriter(path, append: !isLong) { AutoFlush = true };
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            _writer.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)} {line}");
        }
    }

    public void Dispose()
    {
        if (_isFile)
        {
            _writer.Dispose();
        }
    }
}
