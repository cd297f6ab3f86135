namespace Native.Fuse;

/// <summary>Messages that the daemon sends unasked (enum fuse_notify_code): <see cref="FuseOutHeader.Error"/> with unique 0.</summary>
public enum FuseNotification
{
    /// <summary>Drops the attributes and pages of a node (<see cref="FuseNotifyInvalInodeOut"/>).</summary>
    InvalInode = 2,
    /// <summary>Drops a name in a directory (<see cref="FuseNotifyInvalEntryOut"/>).</summary>
    InvalEntry = 3,
    /// <summary>Makes every cached name stale at once; no payload. Protocol 7.44.</summary>
    IncEpoch = 8,
    /// <summary>Drops those of some nodes that nobody uses (<see cref="FuseNotifyPruneOut"/>, then their numbers). Protocol 7.45.</summary>
    Prune = 9,
}
