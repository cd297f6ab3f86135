namespace ArraylakeFs.Sessions;

/// <summary>Times as the kernel counts them: nanoseconds since 1970-01-01T00:00:00Z.</summary>
public static class UnixTime
{
    /// <summary>Now.</summary>
    public static long Now => Nanoseconds(DateTime.UtcNow);

    /// <summary>From a UTC time.</summary>
    public static long Nanoseconds(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    /// <summary>From a point in time.</summary>
    public static long Nanoseconds(DateTimeOffset time) => Nanoseconds(time.UtcDateTime);
}
