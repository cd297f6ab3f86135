namespace ArraylakeFs.Repository.Verification;

/// <summary>What a verification looked at, and what it found.</summary>
public sealed class VerificationReport
{
    /// <summary>Findings that are kept with their texts; more are only counted.</summary>
    private const int MaxFindings = 10_000;

    private readonly Lock _lock = new();
    private readonly List<Finding> _findings = [];
    private readonly SortedDictionary<string, long> _notChecked = new(StringComparer.Ordinal);

    /// <summary>The first of the findings, in the order in which they were made.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Number of errors.</summary>
    public long Errors { get; private set; }

    /// <summary>Number of warnings.</summary>
    public long Warnings { get; private set; }

    /// <summary>Snapshots read.</summary>
    public int Snapshots { get; internal set; }

    /// <summary>Transaction logs read.</summary>
    public int TransactionLogs { get; internal set; }

    /// <summary>Manifests read, each once.</summary>
    public int Manifests { get; internal set; }

    /// <summary>References to objects below <c>chunks/</c>.</summary>
    public long NativeChunks { get; internal set; }

    /// <summary>References with their bytes in a manifest.</summary>
    public long InlineChunks { get; internal set; }

    /// <summary>References to objects elsewhere. They were counted, not read.</summary>
    public long VirtualChunks { get; internal set; }

    /// <summary>Chunks that were decoded.</summary>
    public long DecodedChunks { get; internal set; }

    /// <summary>Chunks that were to be decoded and could not be checked, by reason.</summary>
    public IReadOnlyDictionary<string, long> NotChecked => _notChecked;

    internal void Add(Finding finding)
    {
        lock (_lock)
        {
            (Errors, Warnings) = finding.Severity == Severity.Error ? (Errors + 1, Warnings) : (Errors, Warnings + 1);
            if (_findings.Count < MaxFindings)
            {
                _findings.Add(finding);
            }
        }
    }

    internal void CountNotChecked(string reason)
    {
        lock (_lock)
        {
            _notChecked[reason] = _notChecked.GetValueOrDefault(reason) + 1;
        }
    }

    internal void CountDecoded()
    {
        lock (_lock)
        {
            DecodedChunks++;
        }
    }
}
