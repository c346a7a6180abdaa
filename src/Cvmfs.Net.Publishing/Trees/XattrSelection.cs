namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Which extended attributes a directory scan takes over.</summary>
public enum XattrSelection
{
    /// <summary><c>user.*</c> and <c>security.capability</c>: those that mean the same on another machine.</summary>
    UserAndCapability,

    /// <summary>None; saves a system call per entry.</summary>
    None,

    /// <summary>All that the process may read.</summary>
    All,
}

/// <summary>Decides by name.</summary>
internal static class XattrSelectionExtensions
{
    /// <summary>Whether an attribute is taken over.</summary>
    public static bool Includes(this XattrSelection selection, ReadOnlySpan<byte> name) => selection switch
    {
        XattrSelection.None => false,
        XattrSelection.UserAndCapability => name.StartsWith("user."u8) || name.SequenceEqual("security.capability"u8),
        _ => true,
    };
}
