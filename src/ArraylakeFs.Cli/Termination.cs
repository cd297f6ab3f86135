using System.Runtime.InteropServices;

namespace ArraylakeFs.Cli;

/// <summary>
/// The signals that ask the serving process to end: to be listened to before anything is mounted, because a process that a signal kills
/// leaves a dead mount behind.
/// </summary>
internal sealed class Termination : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile Action? _end;

    /// <summary>Listens.</summary>
    public Termination() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
    ];

    /// <summary>Cancelled when one has come.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>What every further signal does, and those that have come already.</summary>
    public void Ends(Action end)
    {
        _end = end;
        if (_asked.IsCancellationRequested)
        {
            end();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        _asked.Cancel();
        _end?.Invoke();
    }
}
