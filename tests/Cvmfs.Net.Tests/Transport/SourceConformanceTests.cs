using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class HttpRepositorySourceConformanceTests : RepositorySourceConformance
{
    private FakeStratum? _stratum;

    protected override async ValueTask<IRepositorySource> CreateAsync()
    {
        _stratum = await FakeStratum.StartAsync();
        _stratum.MountRepository("test.example.org", Repository.Path);
        return new HttpRepositorySource(_stratum.UrlOf("test.example.org"));
    }

    protected override ValueTask CleanUpAsync() => _stratum!.DisposeAsync();
}

public sealed class DirectoryRepositorySourceConformanceTests : RepositorySourceConformance
{
    protected override ValueTask<IRepositorySource> CreateAsync() => new(new DirectoryRepositorySource(Repository.Path));
}

public sealed class RetryingSourceConformanceTests : RepositorySourceConformance
{
    protected override ValueTask<IRepositorySource> CreateAsync() => new(new RetryingSource(new DirectoryRepositorySource(Repository.Path)));
}

public sealed class FaultySourceConformanceTests : RepositorySourceConformance
{
    protected override ValueTask<IRepositorySource> CreateAsync() => new(new FaultySource(new DirectoryRepositorySource(Repository.Path)));
}

/// <summary>One server that has nothing, one that has everything: together they behave like one that works.</summary>
public sealed class FailoverSourceConformanceTests : RepositorySourceConformance
{
    private readonly TempFolder _other = new();

    // The empty folder lacks what is asked for; the last one has it.
    protected override ValueTask<IRepositorySource> CreateAsync()
        => new(new FailoverSource([new DirectoryRepositorySource(_other.Path), new DirectoryRepositorySource(Repository.Path)]));

    protected override ValueTask CleanUpAsync()
    {
        _other.Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class OpenedSourceConformanceTests : RepositorySourceConformance
{
    private FakeStratum? _stratum;

    protected override async ValueTask<IRepositorySource> CreateAsync()
    {
        _stratum = await FakeStratum.StartAsync();
        _stratum.MountRepository("test.example.org", Repository.Path);
        return RepositorySource.Open($"{_stratum.UrlOf("nothing.example.org")}, {_stratum.UrlOf("test.example.org")}");
    }

    protected override ValueTask CleanUpAsync() => _stratum!.DisposeAsync();
}
