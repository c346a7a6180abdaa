namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Names inside a tree that mean something to a publisher.</summary>
internal static class MagicNames
{
    private const uint MarkerPermissions = 0x1A4; // 0644

    /// <summary>Its directory is the root of a nested catalog. Published as a normal entry.</summary>
    public static ReadOnlySpan<byte> CatalogMarker => ".cvmfscatalog"u8;

    /// <summary>Beside the marker: a nested catalog that was made by the balancer.</summary>
    public static ReadOnlySpan<byte> AutoCatalogMarker => ".cvmfsautocatalog"u8;

    /// <summary>In the root: rules for nested catalogs.</summary>
    public static ReadOnlySpan<byte> Dirtab => ".cvmfsdirtab"u8;

    /// <summary>Prefix of files that replace the content of another by a hash; never published.</summary>
    public static ReadOnlySpan<byte> GraftPrefix => ".cvmfsgraft-"u8;

    /// <summary>In the root: reserved for the virtual catalog of snapshots.</summary>
    public static ReadOnlySpan<byte> VirtualDirectory => ".cvmfs"u8;

    /// <summary>Whether a directory is the root of a nested catalog.</summary>
    public static bool IsNestedRoot(TreeEntry directory)
        => directory.Parent is not null && (directory.Unopened is not null || directory.FindChild(CatalogMarker) is not null);

    /// <summary>Puts an empty marker file into a directory unless one is there. Owner and time are the directory's, so that the same tree gives the same marker.</summary>
    public static void AddMarker(TreeEntry directory, ReadOnlySpan<byte> name)
    {
        if (directory.FindChild(name) is not null) return;
        var marker = directory.AddChild(name.ToArray(), directory.Attributes with { Mode = EntryAttributes.RegularFile | MarkerPermissions });
        marker.Content = FileContent.FromMemory(default);
    }
}
