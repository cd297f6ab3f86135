namespace ArraylakeFs.Fuse;

/// <summary>
/// How a mount is made. Whoever is not root has his permissions checked by the kernel (default_permissions). It ignores setuid bits and devices.
/// </summary>
/// <param name="Source">What df and mount show as the source: the repository.</param>
/// <param name="IsReadOnly">The kernel itself refuses every change.</param>
/// <param name="AllowOther">
/// Users other than the mounter may enter. For those who are not root, /etc/fuse.conf must say user_allow_other.
/// </param>
/// <param name="Passthrough">The kernel reads chunks on a local disk by itself, where it can and this process may have it so.</param>
/// <param name="IoUring">The kernel hands requests over by io_uring, where it offers to.</param>
public sealed record FuseMountOptions(
    string Source, bool IsReadOnly = false, bool AllowOther = false, bool Passthrough = true, bool IoUring = false);
