using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>The root folder, which is served: the operator's, or a temporary one that goes with the program.</summary>
internal sealed class StorageFolder : IDisposable
{
    private readonly bool _isTemporary;

    public StorageFolder(Stratum1Options options)
    {
        string? folder = options.Storage ?? (options.ConfigDir is null ? null : ReferenceConfiguration.DefaultStorage);
        _isTemporary = folder is null;
        Path = folder is not null ? Directory.CreateDirectory(folder).FullName : Directory.CreateTempSubdirectory("stratum1-").FullName;
    }

    public string Path { get; }

    public void Dispose()
    {
        if (_isTemporary) Directory.Delete(Path, recursive: true);
    }
}
