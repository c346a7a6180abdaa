using System.Collections.Concurrent;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Repositories;

/// <summary>A folder as source that remembers what it was asked for, and can be made to fail.</summary>
internal sealed class CountingSource(string folder) : IRepositorySource
{
    private readonly DirectoryRepositorySource _folder = new(folder);

    public string Origin => _folder.Origin;

    /// <summary>Objects asked for, in order.</summary>
    public ConcurrentQueue<ObjectKey> Asked { get; } = new();

    /// <summary>Root files asked for, in order.</summary>
    public ConcurrentQueue<string> AskedRootFiles { get; } = new();

    /// <summary>Whether every request fails as if the network were gone.</summary>
    public bool IsDown { get; set; }

    /// <summary>Awaited before an object is opened.</summary>
    public Func<ObjectKey, Task>? BeforeObject { get; set; }

    public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        Asked.Enqueue(key);
        FailIfDown();
        if (BeforeObject is not null) await BeforeObject(key).WaitAsync(cancellationToken);
        return await _folder.OpenObjectAsync(key, mode, cancellationToken);
    }

    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        AskedRootFiles.Enqueue(name);
        FailIfDown();
        return _folder.OpenRootFileAsync(name, mode, cancellationToken);
    }

    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default) => _folder.RootFileExistsAsync(name, cancellationToken);

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private void FailIfDown()
    {
        if (IsDown) throw new CvmfsTransportException(Origin, "the network is gone.", isTransient: false);
    }
}
