namespace Cvmfs.Net.Replication.Planning;

/// <summary>Why a catalog is wanted. The first reason counts where there are several; they come strictest first.</summary>
internal enum RootKind : byte
{
    /// <summary>The root catalog that the manifest names. Nothing excuses its absence.</summary>
    Head,

    /// <summary>The root catalog of a tag. As strict.</summary>
    Tag,

    /// <summary>Mounted below another catalog: promised by it, so as strict as its parent.</summary>
    Nested,

    /// <summary>An earlier root catalog: may have been collected upstream, and may be too old to be wanted.</summary>
    Historic,
}
