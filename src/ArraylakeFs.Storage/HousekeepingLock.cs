namespace ArraylakeFs.Storage;

/// <summary>
/// Between those who put objects before what refers to them (many at once) and who removes what nothing refers to (alone). The latter first
/// closes a door, the second side file, so that writers who come one after the other leave a gap.
/// </summary>
internal sealed class HousekeepingLock(string root)
{
    private const string Room = "housekeeping#0", Door = "housekeeping#1";
    private static readonly TimeSpan MaxWaitOfWriters = TimeSpan.FromMinutes(10), MaxWaitForWriters = TimeSpan.FromMinutes(1);

    private int _held;

    /// <inheritdoc cref="ILocalObjects.HoldOffHousekeepingAsync"/>
    public async ValueTask<IDisposable> HoldOffAsync(CancellationToken cancellationToken)
    {
        // Who is inside already must not wait at the door for somebody who waits for him.
        using (Volatile.Read(ref _held) > 0 ? null : await TakeAsync(Door, Libc.LOCK_SH, MaxWaitOfWriters, cancellationToken))
        {
            var room = await TakeAsync(Room, Libc.LOCK_SH, MaxWaitOfWriters, cancellationToken);
            Interlocked.Increment(ref _held);
            return new Held(room, () => Interlocked.Decrement(ref _held));
        }
    }

    /// <inheritdoc cref="ILocalObjects.BeginHousekeepingAsync"/>
    public async ValueTask<IDisposable> BeginAsync(CancellationToken cancellationToken)
    {
        var door = await TakeAsync(Door, Libc.LOCK_EX, MaxWaitForWriters, cancellationToken);
        try
        {
            return new Held(await TakeAsync(Room, Libc.LOCK_EX, MaxWaitForWriters, cancellationToken), door.Dispose);
        }
        catch
        {
            door.Dispose();
            throw;
        }
    }

    /// <summary>Removes the side files, when the store's objects are being removed as well.</summary>
    public static void Remove(string root)
    {
        _ = Libc.Unlink(StoreLock.SideFile(root, Room));
        _ = Libc.Unlink(StoreLock.SideFile(root, Door));
    }

    private ValueTask<StoreLock> TakeAsync(string file, int mode, TimeSpan maxWait, CancellationToken cancellationToken) =>
        StoreLock.TakeAsync(StoreLock.SideFile(root, file), mode, root, maxWait, cancellationToken);

    private sealed class Held(StoreLock room, Action leave) : IDisposable
    {
        private Action? _leave = leave;

        public void Dispose()
        {
            room.Dispose();
            Interlocked.Exchange(ref _leave, null)?.Invoke();
        }
    }
}
