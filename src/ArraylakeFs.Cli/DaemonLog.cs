using System.Globalization;

namespace ArraylakeFs.Cli;

/// <summary>
/// What the serving process has to say: into a file, or on standard error where it runs in the foreground. A line that cannot be written,
/// as on a full disk, is dropped: who has something to say is often in the middle of a failure, and must be able to end it well.
/// </summary>
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
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = isLong ? FileMode.Create : FileMode.Append,
            Access = FileAccess.Write,
            BufferSize = 0, // a line that failed must not be tried again before the next one
        });
        _writer = new StreamWriter(file) { AutoFlush = true };
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            try
            {
                _writer.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)} {line}");
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // there is nobody to tell
            }
        }
    }

    public void Dispose()
    {
        if (!_isFile)
        {
            return;
        }

        lock (_lock)
        {
            try
            {
                _writer.Dispose();
            }
            catch (IOException)
            {
                // the last line is lost, as others before it
            }
        }
    }
}
