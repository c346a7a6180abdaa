namespace Cvmfs.Net.Proxy;

/// <summary>Another running proxy has the folder of the cache.</summary>
/// <remarks>Two would delete each other's objects. Give each its own folder, or stop the other one.</remarks>
public sealed class CacheFolderInUseException : IOException
{
    internal CacheFolderInUseException(string folder, string holder)
        : base($"{folder}: used by {(holder.Length > 0 ? holder : "another process")}; a folder belongs to one running proxy.")
        => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
