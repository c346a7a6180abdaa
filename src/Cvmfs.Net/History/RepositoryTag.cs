using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.History;

/// <summary>A named revision.</summary>
public sealed record RepositoryTag
{
    /// <summary>The tag of the newest revision, kept by publishers.</summary>
    public const string Trunk = "trunk";

    /// <summary>The tag of the revision before the newest, kept by publishers: the default target of a rollback.</summary>
    public const string TrunkPrevious = "trunk-previous";

    /// <summary>The name: letters, digits and <c>-_./:</c>. Compared bytewise.</summary>
    public required string Name { get; init; }

    /// <summary>The root catalog; a replica need not have it until somebody uses the tag.</summary>
    public required ContentHash RootCatalog { get; init; }

    /// <summary>Bytes of the decompressed root catalog; 0 for unknown.</summary>
    public long RootCatalogSize { get; init; }

    /// <summary>Revision of the root catalog.</summary>
    public ulong Revision { get; init; }

    /// <summary>Unix seconds: when the revision was published.</summary>
    public long Timestamp { get; init; }

    /// <summary>Free text; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The branch; empty for the default branch.</summary>
    public string Branch { get; init; } = "";

    /// <summary>Whether a text can be a tag's name.</summary>
    public static bool IsValidName(ReadOnlySpan<char> name) => IsName(name, "-_./:");

    /// <summary>Whether a text can be a branch's name. The default branch is the empty text.</summary>
    public static bool IsValidBranch(ReadOnlySpan<char> branch) => branch.IsEmpty || IsName(branch, "-_./@");

    private static bool IsName(ReadOnlySpan<char> text, string signs)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !signs.Contains(c, StringComparison.Ordinal)) return false;
        }

        return !text.IsEmpty;
    }
}
