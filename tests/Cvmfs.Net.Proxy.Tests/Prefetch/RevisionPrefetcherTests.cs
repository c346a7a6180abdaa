using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Prefetch;

public sealed class RevisionPrefetcherTests
{
    [Fact]
    public async Task A_new_revision_brings_its_root_catalog_certificate_and_whitelist()
    {
        using var flip = await FlipAsync();
        await using var proxy = await flip.StartAsync(PrefetchMode.RootCatalog);
        await flip.SeeBothAsync(proxy);
        await flip.WhenAskedAsync(ObjectPath.Of(flip.New.RootCatalogKey), ".cvmfswhitelist");
        Assert.DoesNotContain(flip.Asked.Keys, path => flip.NewNested.Any(hash => path.EndsWith(ObjectPath.Of(new(hash, ObjectSuffix.Catalog)), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nested_catalogs_are_fetched_ahead_where_the_ones_before_are_in_the_cache()
    {
        using var flip = await FlipAsync();
        await using var proxy = await flip.StartAsync(PrefetchMode.NestedCatalogs);
        await proxy.Client.GetByteArrayAsync(flip.UrlOf(ObjectPath.Of(flip.Old.RootCatalogKey)));
        await proxy.Client.GetByteArrayAsync(flip.UrlOf(ObjectPath.Of(new(flip.OldNested[0], ObjectSuffix.Catalog))));
        await flip.SeeBothAsync(proxy);
        await flip.WhenAskedAsync(ObjectPath.Of(new(flip.NewNested[0], ObjectSuffix.Catalog)));

        // The other one, which nobody used, and files are left alone.
        Assert.DoesNotContain(flip.Asked.Keys, path => path.EndsWith(ObjectPath.Of(new(flip.NewNested[1], ObjectSuffix.Catalog)), StringComparison.Ordinal));
        Assert.All(flip.Asked.Keys.Where(static path => path.Contains("/data/", StringComparison.Ordinal)), static path => Assert.Matches("[CX]$", path));
    }

    [Fact]
    public async Task Nothing_is_fetched_ahead_where_it_is_switched_off()
    {
        using var flip = await FlipAsync();
        await using var proxy = await flip.StartAsync(PrefetchMode.None);
        await flip.SeeBothAsync(proxy);
        Assert.DoesNotContain(flip.Asked.Keys, static path => path.Contains("/data/", StringComparison.Ordinal));
    }

    private static async Task<Flip> FlipAsync()
    {
        var built = await new RepositoryBuilder()
            .Nested("/a").File("/a/file", "one").Nested("/b").File("/b/file", "one").Revision()
            .File("/a/file", "two").File("/b/file", "two").BuildAsync();
        return new Flip(built, await ScriptedUpstream.StartAsync());
    }

    /// <summary>A repository with two revisions behind a server that serves the first one until told otherwise.</summary>
    private sealed class Flip : IDisposable
    {
        private readonly BuiltRepository _built;
        private readonly ScriptedUpstream _upstream;
        private readonly FakeClock _clock = new();
        private readonly SemaphoreSlim _asked = new(0);
        private byte[] _manifest;

        public Flip(BuiltRepository built, ScriptedUpstream upstream)
        {
            (_built, _upstream, _manifest) = (built, upstream, built.Manifests[^2]);
            (Old, New) = (Manifests.Manifest.Parse(built.Manifests[^2]), Manifests.Manifest.Parse(built.Manifests[^1]));
            (OldNested, NewNested) = (NestedOf(Old.RootCatalog), NestedOf(New.RootCatalog));
            upstream.Answer = async context =>
            {
                string path = context.Request.Path.Value!;
                string file = Path.Combine(_built.Path, path[(path.IndexOf(_built.Name.ToString(), StringComparison.Ordinal) + _built.Name.ToString().Length + 1)..]);
                if (path.EndsWith(".cvmfspublished", StringComparison.Ordinal)) await ScriptedUpstream.SendAsync(context, _manifest);
                else if (File.Exists(file)) await ScriptedUpstream.SendAsync(context, await File.ReadAllBytesAsync(file));
                else context.Response.StatusCode = 404;
                Asked[path] = true;
                _asked.Release();
            };
        }

        public Manifests.Manifest Old { get; }

        public Manifests.Manifest New { get; }

        public IReadOnlyList<ContentHash> OldNested { get; }

        public IReadOnlyList<ContentHash> NewNested { get; }

        public ConcurrentDictionary<string, bool> Asked { get; } = new();

        public Task<RunningProxy> StartAsync(PrefetchMode mode) => RunningProxy.StartAsync(
            options =>
            {
                options.Documents.Prefetch = mode;
                options.Documents.PrefetchJitter = TimeSpan.Zero;
            },
            clock: _clock);

        public string UrlOf(string file) => $"{_upstream.Url}cvmfs/{_built.Name}/{file}";

        public async Task SeeBothAsync(RunningProxy proxy)
        {
            Assert.Equal(_built.Manifests[^2], await proxy.Client.GetByteArrayAsync(UrlOf(".cvmfspublished")));
            _manifest = _built.Manifests[^1];
            _clock.Advance(TimeSpan.FromSeconds(70));
            Assert.Equal(_manifest, await proxy.Client.GetByteArrayAsync(UrlOf(".cvmfspublished")));
        }

        public async Task WhenAskedAsync(params string[] ends)
        {
            while (!ends.All(end => Asked.Keys.Any(path => path.EndsWith(end, StringComparison.Ordinal))))
            {
                Assert.True(await _asked.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken), $"asked only for {string.Join(' ', Asked.Keys)}");
            }
        }

        public void Dispose()
        {
            _built.Dispose();
            _asked.Dispose();
            _ = _upstream.DisposeAsync().AsTask();
        }

        private List<ContentHash> NestedOf(ContentHash root)
        {
            using var catalog = _built.OpenCatalog("/", root);
            return [.. catalog.NestedCatalogs.OrderBy(static nested => nested.Mountpoint.ToString(), StringComparer.Ordinal).Select(static nested => nested.Hash)];
        }
    }
}
