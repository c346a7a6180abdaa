using Microsoft.Extensions.Options;

namespace Stratum1Replicator;

/// <summary>The folder that holds the replicas: the operator's, or a temporary one that goes with the program.</summary>
internal sealed class StorageFolder : IDisposable
{
    private readonly bool _isTemporary;

    public StorageFolder(IOptions<Stratum1Options> options)
    {
        _isTemporary = options.Value.Storage is null;
        Path = options.Value.Storage is { } folder ? Directory.CreateDirectory(folder).FullName : Directory.CreateTempSubdirectory("stratum1-").FullName;
    }

    public string Path { get; }

    public void Dispose()
    {
        if (_isTemporary) Directory.Delete(Path, recursive: true);
    }
}
