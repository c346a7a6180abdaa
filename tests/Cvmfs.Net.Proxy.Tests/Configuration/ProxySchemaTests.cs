using System.Text.Json;
using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

/// <summary>Documentation, schema and reader know the same settings.</summary>
public sealed class ProxySchemaTests
{
    [Fact]
    public void The_documentation_has_every_setting_with_default_unit_and_whether_it_is_live()
    {
        if (SettingDocumentation.IsRewriting) SettingDocumentation.Rewrite();
        Assert.Equal(SettingDocumentation.Expected(), SettingDocumentation.Table());
        Assert.DoesNotContain("?", SettingDocumentation.Meanings.Values);
    }

    [Fact]
    public void The_published_schema_is_that_of_the_reader()
    {
        if (SettingDocumentation.IsRewriting) File.WriteAllText(ProxySchema.File, ProxySchema.Make());
        Assert.Equal(ProxySchema.Make(), File.ReadAllText(ProxySchema.File));
    }

    [Fact]
    public void What_is_live_is_a_setting()
        => Assert.DoesNotContain(LiveSettings.Names, static live => !live.EndsWith(".*", StringComparison.Ordinal) && !SettingNames.All.Contains(live));

    [Theory]
    // What has the form.
    [InlineData("{}", true)]
    [InlineData("""{ "storage": {}, "upstream": {}, "documents": {}, "clients": {}, "accessLog": {}, "admin": {}, "script": {}, "tls": {} }""", true)]
    [InlineData("""{ "listen": [], "drainTimeout": 30 }""", true)]
    [InlineData("""{ "listen": ["http://0.0.0.0:3128", "http://[::]:3128"], "drainTimeout": "1.5min" }""", true)]
    [InlineData("""{ "drainTimeout": 0.5 }""", true)]
    [InlineData("""{ "drainTimeout": " 500 ms " }""", true)]
    [InlineData("""{ "storage": { "maxBytes": 50000000000, "memoryBytes": "1GiB", "maxMemoryObjectBytes": "64 kib", "minFreeBytes": "5.5T", "maxOpenFiles": 16 } }""", true)]
    [InlineData("""{ "storage": { "maxBytes": ".5g", "minFreeShare": 0.1, "retryInterval": "1h", "scrubBytesPerSecond": "100b" } }""", true)]
    [InlineData("""{ "storage": { "folders": ["a", "b"], "quotas": { "x.example.org": { "maxBytes": "10GB", "floorBytes": 5 }, "y.example.org": {} } } }""", true)]
    [InlineData("""{ "upstream": { "servers": ["http://s1.example.org/"], "order": "latency", "self": "http://10.0.0.1:3128", "parents": "http://a:1|http://b:1;DIRECT" } }""", true)]
    [InlineData("""{ "upstream": { "order": "GEO", "repositories": { "*": ["http://s1.example.org/cvmfs/@fqrn@"], "x": [] }, "unifiedView": true } }""", true)]
    [InlineData("""{ "documents": { "prefetch": "nestedCatalogs", "refreshFrom": 1, "maxDocuments": 20 } }""", true)]
    [InlineData("""{ "documents": { "prefetch": "NestedCatalogs" }, "accessLog": { "format": "squid" }, "admin": { "metricsFormat": "SQUID" } }""", true)]
    // What has not.
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("5", false)]
    [InlineData("""{ "Listen": [] }""", false)]
    [InlineData("""{ "maxBytes": 5 }""", false)]
    [InlineData("""{ "storage": { "maxByte": 5 } }""", false)]
    [InlineData("""{ "storage": [] }""", false)]
    [InlineData("""{ "storage": null }""", false)]
    [InlineData("""{ "storage": "" }""", false)]
    [InlineData("""{ "listen": "http://0.0.0.0:3128" }""", false)]
    [InlineData("""{ "listen": [3128] }""", false)]
    [InlineData("""{ "listen": [null] }""", false)]
    [InlineData("""{ "listen": {} }""", false)]
    [InlineData("""{ "drainTimeout": "30" }""", false)]
    [InlineData("""{ "drainTimeout": "30 S" }""", false)]
    [InlineData("""{ "drainTimeout": "00:00:30" }""", false)]
    [InlineData("""{ "drainTimeout": "-1s" }""", false)]
    [InlineData("""{ "drainTimeout": true }""", false)]
    [InlineData("""{ "drainTimeout": null }""", false)]
    [InlineData("""{ "storage": { "maxBytes": 1.5 } }""", false)]
    [InlineData("""{ "storage": { "maxBytes": "" } }""", false)]
    [InlineData("""{ "storage": { "maxBytes": "GB" } }""", false)]
    [InlineData("""{ "storage": { "maxBytes": "1.2.3GB" } }""", false)]
    [InlineData("""{ "storage": { "maxBytes": "5 XB" } }""", false)]
    [InlineData("""{ "storage": { "maxBytes": "5Gi" } }""", false)]
    [InlineData("""{ "storage": { "maxBytes": "-5" } }""", false)]
    [InlineData("""{ "storage": { "minFreeShare": "0.1" } }""", false)]
    [InlineData("""{ "storage": { "quotas": { "x": 5 } } }""", false)]
    [InlineData("""{ "storage": { "quotas": { "x": null } } }""", false)]
    [InlineData("""{ "storage": { "quotas": { "x": { "most": 5 } } } }""", false)]
    [InlineData("""{ "storage": { "quotas": [] } }""", false)]
    [InlineData("""{ "upstream": { "order": "nearest" } }""", false)]
    [InlineData("""{ "upstream": { "order": 1 } }""", false)]
    [InlineData("""{ "upstream": { "order": " latency" } }""", false)]
    [InlineData("""{ "upstream": { "unifiedView": "yes" } }""", false)]
    [InlineData("""{ "upstream": { "unifiedView": 1 } }""", false)]
    [InlineData("""{ "upstream": { "repositories": { "x": "http://s1.example.org/" } } }""", false)]
    [InlineData("""{ "upstream": { "self": 5 } }""", false)]
    [InlineData("""{ "upstream": { "parents": ["http://a:1"] } }""", false)]
    [InlineData("""{ "accessLog": { "format": "json,squid" } }""", false)]
    [InlineData("""{ "$schema": "proxy.schema.json" }""", false)]
    public void An_editor_and_the_reader_agree(string text, bool isGood)
    {
        using var folder = new TempFolder();
        string file = folder.Write("proxy.json", System.Text.Encoding.UTF8.GetBytes(text));
        string? refusal = null;
        try
        {
            ProxyConfigurationFile.Read(file);
        }
        catch (ProxyConfigurationException refused)
        {
            refusal = refused.Message;
        }

        Assert.True(isGood == refusal is null, $"the reader says: {refusal ?? "good"}");
        using var schema = JsonDocument.Parse(File.ReadAllBytes(ProxySchema.File));
        using var value = JsonDocument.Parse(text);
        Assert.True(isGood == SchemaReader.IsValid(schema.RootElement, value.RootElement), "the schema says otherwise");
    }
}
