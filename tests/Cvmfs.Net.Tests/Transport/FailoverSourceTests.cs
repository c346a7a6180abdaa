using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class FailoverSourceTests : IDisposable
{
    private static readonly ObjectKey s_key = new(ContentHash.Compute(HashAlgorithmId.Sha1, "x"u8));

    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly FaultySource _first;
    private readonly FaultySource _second;
    private readonly FailoverSource _source;

    public FailoverSourceTests()
    {
        foreach (string server in new[] { "one", "two" })
        {
            _folder.Write($"{server}/{RootFileNames.Manifest}", "manifest"u8);
            _folder.Write($"{server}/{ObjectPath.Of(s_key)}", "x"u8);
        }

        _first = new FaultySource(new DirectoryRepositorySource(_folder.Combine("one")));
        _second = new FaultySource(new DirectoryRepositorySource(_folder.Combine("two")));
        _source = new FailoverSource([_first, _second], new FailoverOptions { TimeProvider = _clock });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_server_is_asked_first()
    {
        Assert.StartsWith(_first.Origin, await OriginAsync());
        Assert.Empty(_second.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_failure_the_next_server_is_asked_at_once_and_kept(bool isTransient)
    {
        _first.ThenFail(isTransient);
        Assert.StartsWith(_second.Origin, await OriginAsync());
        Assert.StartsWith(_second.Origin, await OriginAsync());
        Assert.Single(_first.Asked);
    }

    [Fact]
    public async Task After_a_while_the_first_server_gets_another_chance()
    {
        _first.ThenFail();
        await OriginAsync();
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.StartsWith(_second.Origin, await OriginAsync());
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.StartsWith(_first.Origin, await OriginAsync());
    }

    [Fact]
    public async Task When_all_fail_every_failure_is_listed()
    {
        _first.ThenFail(isTransient: false);
        _second.ThenFail(isTransient: true);
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
        Assert.Contains(_first.Origin, fault.Message);
        Assert.Contains(_second.Origin, fault.Message);
        Assert.True(fault.IsTransient);
        Assert.Equal(2, Assert.IsType<AggregateException>(fault.InnerException).InnerExceptions.Count);
    }

    [Fact]
    public async Task What_one_server_lacks_the_next_may_have()
    {
        _first.ThenAbsent();
        Assert.StartsWith(_second.Origin, await OriginAsync());
    }

    [Fact]
    public async Task What_all_lack_is_absent()
    {
        _first.ThenAbsent();
        _second.ThenAbsent();
        Assert.Null(await _source.OpenObjectAsync(s_key));
    }

    [Fact]
    public async Task An_object_that_one_lacks_while_another_cannot_be_asked_is_not_absent()
    {
        _first.ThenAbsent();
        _second.ThenFail();
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
    }

    [Fact]
    public async Task An_optional_file_that_the_living_server_lacks_is_absent()
    {
        _first.ThenFail();
        Assert.Null(await _source.OpenRootFileAsync(RootFileNames.Pkcs7Whitelist));
        _first.ThenFail();
        Assert.False(await _source.RootFileExistsAsync(RootFileNames.MasterReplica));
    }

    [Fact]
    [Conforms("proxy", 30)]
    public async Task A_server_that_delivered_wrong_bytes_can_be_left_once()
    {
        string origin = await OriginAsync();
        Assert.True(_source.TryLeave(origin));
        Assert.Same(_second, _source.Current);
        Assert.True(_source.TryLeave(origin)); // another request tells of the same server, later: nothing more to do
        Assert.Same(_second, _source.Current);
        Assert.False(_source.TryLeave("http://elsewhere/cvmfs/x"));
    }

    [Fact]
    public async Task A_single_server_cannot_be_left()
    {
        var alone = new FailoverSource([_first]);
        await using var body = await alone.OpenObjectAsync(s_key);
        Assert.False(alone.TryLeave(body!.Origin));
        _first.ThenFail();
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await alone.OpenObjectAsync(s_key));
        Assert.Contains("scripted failure", fault.Message);
    }

    [Fact]
    public void No_servers_is_misuse() => Assert.Throws<ArgumentException>(() => new FailoverSource([]));

    private async Task<string> OriginAsync()
    {
        await using var body = await _source.OpenObjectAsync(s_key);
        return body!.Origin;
    }
}
