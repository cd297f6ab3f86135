namespace ArraylakeFs.Repository;

/// <summary>Why a repository refused.</summary>
public enum RepositoryErrorKind
{
    /// <summary>There is no such repository, branch, tag or snapshot.</summary>
    NotFound,

    /// <summary>Something is there already.</summary>
    Exists,

    /// <summary>A file of the repository is missing or damaged; the message names it.</summary>
    Corrupt,

    /// <summary>The repository's status forbids changes.</summary>
    ReadOnly,

    /// <summary>A change that no repository may hold; the message names the node.</summary>
    Invalid,

    /// <summary>Sound, as far as can be told, but of a kind that this version cannot read or write.</summary>
    Unsupported,

    /// <summary>A virtual chunk lies where the user, or the system, does not let it be read; the message says how to allow it.</summary>
    Denied,

    /// <summary>What a virtual chunk refers to is missing, too short, or has changed since.</summary>
    TargetLost,

    /// <summary>Others changed the repository again and again, so that our change found no gap.</summary>
    Busy,

    /// <summary>
    /// The commit was made and everybody sees it, but the disk did not confirm that it has it: a power cut may undo it, or whoever's
    /// version it has displaced. The only kind where something was changed. To go on, take the commit as made; do not report it as safe.
    /// </summary>
    NotDurable,
}

/// <summary>A repository refused; the message is a sentence for the user. Failures of the medium are StorageException instead.</summary>
public class RepositoryException : Exception
{
    /// <summary>Says why in <paramref name="sentence"/>.</summary>
    public RepositoryException(RepositoryErrorKind kind, string sentence, Exception? inner = null)
        : base(sentence, inner) => Kind = kind;

    /// <summary>Why.</summary>
    public RepositoryErrorKind Kind { get; }
}
