using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Repositories;

/// <summary>A repository that stays open while the server goes on, goes back, or goes away.</summary>
public sealed class RepositoryRefreshTests : IAsyncLifetime
{
    private BuiltRepository _built = null!;
    private CountingSource _source = null!;
    private CvmfsRepository _repository = null!;

    public async ValueTask InitializeAsync()
    {
        _built = await new RepositoryBuilder().File("/a", "first").Revision().File("/a", "second").Revision().File("/a", "third").BuildAsync();
        _built.RollBackTo(2);
        _source = new CountingSource(_built.Path);
        _repository = await CvmfsRepository.OpenAsync(_source, new CvmfsRepositoryOptions { Keys = _built.TrustedKeys, TimeProvider = _built.Clock });
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _built.Dispose();
    }

    [Fact]
    public async Task Takes_a_newer_revision()
    {
        var before = _repository.Current;
        _built.RollBackTo(3);
        Assert.Equal(RefreshOutcome.Updated, await _repository.RefreshAsync());
        Assert.Equal(3UL, _repository.Current.Number);
        Assert.Equal("third"u8.ToArray(), await _repository.ReadAllBytesAsync(RepositoryPath.Parse("/a")));
        Assert.Equal("second"u8.ToArray(), await before.ReadAllBytesAsync(RepositoryPath.Parse("/a"))); // what was held stays readable
    }

    [Fact]
    [Conforms("protocol", 42)]
    public async Task Loads_nothing_when_the_revision_is_the_same()
    {
        var before = _repository.Current;
        int asked = _source.Asked.Count(key => key.Suffix == Cvmfs.Net.Objects.ObjectSuffix.Catalog);
        Assert.Equal(RefreshOutcome.NothingNew, await _repository.RefreshAsync());
        Assert.Same(before, _repository.Current);
        Assert.Equal(asked, _source.Asked.Count(key => key.Suffix == Cvmfs.Net.Objects.ObjectSuffix.Catalog));
    }

    [Fact]
    [Conforms("protocol", 41)]
    public async Task Never_goes_back_to_a_lower_revision()
    {
        _built.RollBackTo(1);
        Assert.Equal(RefreshOutcome.RolledBack, await _repository.RefreshAsync());
        Assert.Equal(2UL, _repository.Current.Number);
        Assert.True(_repository.IsOffline);
        Assert.Equal(TrustFailure.ManifestOutdated, Assert.IsType<CvmfsTrustException>(_repository.LastFailure).Failure);
    }

    [Fact]
    [Conforms("protocol", 41)]
    public async Task Never_goes_to_an_older_time_of_signing()
    {
        _built.RollBackTo(3).ResignManifest(fields => fields with { PublishedAt = 1000 });
        Assert.Equal(RefreshOutcome.RolledBack, await _repository.RefreshAsync());
        Assert.Equal(2UL, _repository.Current.Number);
    }

    [Fact]
    [Conforms("protocol", 43)]
    public async Task Serves_on_while_the_server_is_gone_and_recovers()
    {
        _source.IsDown = true;
        Assert.Equal(RefreshOutcome.Offline, await _repository.RefreshAsync());
        Assert.True(_repository.IsOffline);
        Assert.IsType<CvmfsTransportException>(_repository.LastFailure);
        Assert.NotNull(await _repository.StatAsync(RepositoryPath.Parse("/a")));
        Assert.Equal(TimeSpan.FromSeconds(180), _repository.NextRefreshIn);

        _source.IsDown = false;
        _built.RollBackTo(3);
        Assert.Equal(RefreshOutcome.Updated, await _repository.RefreshAsync());
        Assert.False(_repository.IsOffline);
    }

    [Fact]
    [Conforms("protocol", 43), Conforms("protocol", 26)]
    public async Task Serves_on_while_the_server_shows_what_cannot_be_believed()
    {
        _built.RollBackTo(3).Break(RepositoryFault.ManifestOfStranger);
        Assert.Equal(RefreshOutcome.Offline, await _repository.RefreshAsync());
        Assert.Equal(2UL, _repository.Current.Number);
    }

    [Fact]
    public async Task Stays_where_it_is_when_the_new_root_catalog_cannot_be_had()
    {
        _built.RollBackTo(3).Break(RepositoryFault.MissingRootCatalog);
        Assert.Equal(RefreshOutcome.Offline, await _repository.RefreshAsync());
        Assert.Equal(2UL, _repository.Current.Number);
        Assert.Equal("second"u8.ToArray(), await _repository.ReadAllBytesAsync(RepositoryPath.Parse("/a")));
    }

    [Fact]
    [Conforms("protocol", 45)]
    public async Task Waits_as_long_as_the_root_catalog_says()
    {
        Assert.Equal(TimeSpan.FromSeconds(240), _repository.NextRefreshIn);
        using var quick = await new RepositoryBuilder().File("/a", "a").Options(options => options with { Ttl = TimeSpan.FromSeconds(17) }).BuildAsync();
        await using var repository = await CvmfsRepository.OpenAsync(quick.Path, new CvmfsRepositoryOptions { Keys = quick.TrustedKeys, TimeProvider = quick.Clock });
        Assert.Equal(TimeSpan.FromSeconds(17), repository.NextRefreshIn);
    }

    [Fact]
    public async Task A_configured_maximum_shortens_the_wait()
    {
        await using var repository = await CvmfsRepository.OpenAsync(
            _built.Path, new CvmfsRepositoryOptions { Keys = _built.TrustedKeys, TimeProvider = _built.Clock, MaxTtl = TimeSpan.FromSeconds(60) });
        Assert.Equal(TimeSpan.FromSeconds(60), repository.NextRefreshIn);
    }

    [Fact]
    public async Task Following_looks_again_when_the_time_has_come()
    {
        await using var outcomes = _repository.FollowAsync().GetAsyncEnumerator();
        var next = outcomes.MoveNextAsync().AsTask();
        _built.RollBackTo(3);
        await _built.Clock.WhenTimersAsync(1);
        _built.Clock.Advance(TimeSpan.FromSeconds(239));
        Assert.False(next.IsCompleted);
        _built.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await next);
        Assert.Equal(RefreshOutcome.Updated, outcomes.Current);
    }
}
