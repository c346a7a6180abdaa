using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

public sealed class ProxyConfigurationFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_comments_sizes_durations_lists_and_words()
    {
        var options = ProxyConfigurationFile.Read(Write(
            """
            // the proxy of a site
            {
              "listen": ["http://0.0.0.0:3128"],
              "storage": { "folders": ["/var/cache/x"], "maxBytes": "100GB", "memoryBytes": "1GiB", "maxMemoryObjectBytes": "64KiB", "quotas": { "a.cern.ch": { "maxBytes": 5000, "floorBytes": 1 } } },
              "upstream": { "allowedDestinations": ["*.cern.ch"], "servers": ["http://s1.example.org/"], "connectTimeout": "1500ms", "stallTimeout": 20 },
              "clients": { "allowed": ["192.0.2.0/24"] }, /* ours */
              "accessLog": { "format": "squid", "maxAge": "1d" },
              "drainTimeout": "1min",
            }
            """));
        Assert.Equal(100_000_000_000, options.Storage.MaxBytes);
        Assert.Equal((1L << 30, 65536, "/var/cache/x"), (options.Storage.MemoryBytes, options.Storage.MaxMemoryObjectBytes, options.Storage.Folders.Single()));
        Assert.Equal(5000, options.Storage.Quotas["a.cern.ch"].MaxBytes);
        Assert.Equal((TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(1)), (options.Upstream.ConnectTimeout, options.Upstream.StallTimeout, options.DrainTimeout));
        Assert.Equal(("*.cern.ch", "http://s1.example.org/", "192.0.2.0/24"), (options.Upstream.AllowedDestinations.Single(), options.Upstream.Servers.Single().AbsoluteUri, options.Clients.Allowed.Single()));
        Assert.Equal((AccessLogFormat.Squid, TimeSpan.FromDays(1)), (options.AccessLog.Format, options.AccessLog.MaxAge));
        Assert.Empty(options.Failures());
    }

    [Theory]
    [InlineData("{\n  \"storage\": {\n    \"maxByte\": 5\n  }\n}", 3, "\"storage.maxByte\" is no setting; did you mean \"storage.maxBytes\"?")]
    [InlineData("{\n  \"stroage\": {}\n}", 2, "did you mean \"storage\"?")]
    [InlineData("{\n\n  \"maxBytes\": 1\n}", 3, "did you mean \"storage.maxBytes\"?")]
    [InlineData("{\n  \"storage\": { \"maxBytes\": \"lots\" }\n}", 2, "a size such as")]
    [InlineData("{\n  \"upstream\": {\n    \"connectTimeout\": \"2 moons\" }\n}", 3, "a duration such as")]
    [InlineData("{\n  \"accessLog\": { \"format\": \"apache\" }\n}", 2, "one of \"json\", \"squid\", \"combined\"")]
    [InlineData("{\n  \"listen\": [\n}", 3, "")]
    [InlineData("", 1, "")]
    [InlineData("{\n  \"listen\": [\n null ] }", 3, "null is no value")]
    [InlineData("{ \"storage\": { \"quotas\": {\n \"a.example.org\": null } } }", 2, "null is no value")]
    [InlineData("{\n \"accessLog\": { \"format\": \"json,squid\" } }", 2, "one of")]
    [InlineData("{\n \"documents\": { \"prefetch\": 2 } }", 2, "one of")]
    [InlineData("{ \"storage\": {},\n \"storage\": {} }", 2, "")]
    public void Says_in_which_line_what_cannot_be_read(string text, int line, string problem)
    {
        string path = Write(text);
        var refused = Assert.Throws<ProxyConfigurationException>(() => ProxyConfigurationFile.Read(path));
        Assert.StartsWith($"{path}:{line}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_in_which_line_what_cannot_work()
    {
        string path = Write("{\n  \"clients\": {\n    \"allowed\": [\"everybody\"]\n  },\n  \"listen\": [\"ftp://x\"]\n}");
        string[] problems = [.. ProxyConfigurationFile.Check(path, ProxyConfigurationFile.Read(path))];
        Assert.Equal(2, problems.Length);
        Assert.StartsWith($"{path}:3: Clients:Allowed: \"everybody\"", problems[0], StringComparison.Ordinal);
        Assert.StartsWith($"{path}:5: Listen: \"ftp://x\"", problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
        => Assert.Contains("nowhere.json", Assert.Throws<ProxyConfigurationException>(() => ProxyConfigurationFile.Read(Path.Combine(_folder.Path, "nowhere.json"))).Message, StringComparison.Ordinal);

    private string Write(string text)
    {
        string path = Path.Combine(_folder.Path, "proxy.json");
        File.WriteAllText(path, text);
        return path;
    }
}
