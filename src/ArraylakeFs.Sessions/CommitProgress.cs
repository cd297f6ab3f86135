using System.Globalization;

namespace ArraylakeFs.Sessions;

/// <summary>What a commit is doing that is being made.</summary>
public enum CommitStep
{
    /// <summary>It finds out what the session has changed.</summary>
    Collecting,

    /// <summary>Staged files become chunk objects; manifests and the snapshot are written meanwhile.</summary>
    Placing,

    /// <summary>All chunks are in place, the rest is being written.</summary>
    Writing,

    /// <summary>The disk is waited for.</summary>
    Flushing,

    /// <summary>The commit is made, and the session follows it.</summary>
    Following,
}

/// <summary>How far a commit is that is being made. Anybody may look at it meanwhile.</summary>
public sealed class CommitProgress
{
    private volatile CommitStep _step;
    private int _placed;
    private int _chunks;

    /// <summary>What it is doing.</summary>
    public CommitStep Step
    {
        get => _step == CommitStep.Placing && Placed == Chunks ? CommitStep.Writing : _step;
        internal set => _step = value;
    }

    /// <summary>How many of <see cref="Chunks"/> are chunk objects already.</summary>
    public int Placed => Volatile.Read(ref _placed);

    /// <summary>How many staged files become chunk objects.</summary>
    public int Chunks => Volatile.Read(ref _chunks);

    /// <summary>As a person reads it.</summary>
    public override string ToString() => Step switch
    {
        CommitStep.Collecting => "looking for what has changed",
        CommitStep.Placing => string.Create(CultureInfo.InvariantCulture, $"{Placed:N0} of {Chunks:N0} chunks placed"),
        CommitStep.Writing => "writing manifests and snapshot",
        CommitStep.Flushing => "flushing to disk",
        _ => "made; the session follows it",
    };

    internal void BeginPlacing(int chunks)
    {
        Volatile.Write(ref _placed, 0);
        Volatile.Write(ref _chunks, chunks);
        _step = CommitStep.Placing;
    }

    internal void AddPlaced() => Interlocked.Increment(ref _placed);
}
