namespace ArraylakeFs.Icechunk;

/// <summary>A moment in UTC, in microseconds since 1970, as the format stores it.</summary>
public readonly record struct Timestamp(ulong Microseconds) : IComparable<Timestamp>
{
    private const long MaxMicroseconds = 253_402_300_799_999_999; // the end of the year 9999

    /// <summary>The end of the year 9999. Files may hold later moments, which no calendar here knows.</summary>
    public static Timestamp Last => new(MaxMicroseconds);

    /// <summary>The present, by the system's clock.</summary>
    public static Timestamp Now => From(DateTimeOffset.UtcNow);

    /// <summary>The microsecond that contains <paramref name="time"/>; times before 1970 become 0.</summary>
    public static Timestamp From(DateTimeOffset time) =>
        new((ulong)Math.Max(0, (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond));

    /// <summary>The same moment, exactly; moments after the year 9999 become its end.</summary>
    public DateTimeOffset ToDateTimeOffset() =>
        DateTimeOffset.UnixEpoch.AddTicks((long)Math.Min(Microseconds, MaxMicroseconds) * TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Microseconds.CompareTo(other.Microseconds);

    /// <summary>Earlier.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.Microseconds < right.Microseconds;

    /// <summary>Later.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.Microseconds > right.Microseconds;

    /// <summary>Not later.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.Microseconds <= right.Microseconds;

    /// <summary>Not earlier.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.Microseconds >= right.Microseconds;
}
