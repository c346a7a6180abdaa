using System.Text;
using System.Text.Json;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Documents;

/// <summary>What all JSON documents have in common: any syntax error is typed, any odd value is an absent one.</summary>
public sealed class JsonDocumentsTests
{
    public static TheoryData<string> Broken =>
        ["", " ", "{", "{\"a\":", "[]", "null", "\"text\"", "1", "<html></html>", "{} {}", "{\"a\":1,}x", "\0", "{\"a\":\"\n\"}", "{'a':1}", "{\"\\ud800\":1}", "{\"email\":\"\\ud800\"}", new string('[', 1000)];

    private static readonly Func<byte[], object>[] Parsers =
    [
        json => RepositoryMetaInfo.Parse(json), json => ServerMetaInfo.Parse(json), json => RepositoriesDocument.Parse(json), json => StatusDocument.Parse(json),
    ];

    [Theory]
    [MemberData(nameof(Broken))]
    [Conforms("protocol", 110)]
    public void Text_that_is_no_object_is_a_typed_error(string text)
    {
        foreach (var parse in Parsers) Assert.Throws<CvmfsFormatException>(() => parse(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    [Conforms("protocol", 110)]
    public void Bytes_that_are_no_UTF8_and_documents_that_are_too_long_are_typed_errors()
    {
        foreach (var parse in Parsers)
        {
            Assert.Throws<CvmfsFormatException>(() => parse([.. "{\"email\":\""u8, 0xff, .. "\"}"u8]));
            Assert.Throws<CvmfsFormatException>(() => parse([.. "{}"u8, .. Enumerable.Repeat((byte)' ', 1 << 20)]));
            Assert.NotNull(parse([0xEF, 0xBB, 0xBF, .. "{}"u8]));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[[[1]]]")]
    [InlineData("1e999")]
    [Conforms("protocol", 110)]
    [Conforms("protocol", 111)]
    public void Values_of_the_wrong_kind_are_absent_and_cost_nothing_else(string value)
    {
        string[] keys =
        [
            "administrator", "organisation", "description", "url", "recommended-stratum0", "recommended-stratum1s", "schema", "last_geodb_update", "cvmfs_version",
            "os_id", "repositories", "replicas", "last_snapshot", "last_gc", "last_check", "check_status", "unknown", "",
        ];
        byte[] json = Encoding.UTF8.GetBytes("{" + string.Concat(keys.Select(key => $"\"{key}\":{value},")) + "\"email\":\"a@b\",\"last_check\":\"1718991602\"}");

        Assert.Equal("a@b", RepositoryMetaInfo.Parse(json).Email);
        Assert.Equal("a@b", ServerMetaInfo.Parse(json).Email);
        Assert.Null(ServerMetaInfo.Parse(json).Administrator);
        Assert.Empty(RepositoriesDocument.Parse(json).Replicas);
        Assert.NotNull(StatusDocument.Parse(json).LastCheck!.Time);
        Assert.Null(StatusDocument.Parse(json).LastSnapshot?.Time is { Year: > 1970 } time ? time : null);
        Assert.NotEmpty(StatusDocument.Parse(json).WithLastSnapshot(DateTimeOffset.UnixEpoch).ToBytes());
    }

    [Fact]
    public void Random_documents_parse_or_are_refused()
    {
        string[] pieces =
        [
            "{", "}", "[", "]", ":", ",", "\"name\"", "\"replicas\"", "\"url\"", "\"a.org\"", "1", "-1e5", "true", "null", "\"\\ud800\"", "\"last_gc\"", "\"check_status\"",
            "\"recommended-stratum1s\"", " ", "\"custom\"", "\"\\u0000\"", "/*", "*/",
        ];
        Properties.Hold<byte[]>(bytes =>
        {
            TryAll(bytes);
            TryAll(Encoding.UTF8.GetBytes("{" + string.Concat(bytes.Select(pick => pieces[pick % pieces.Length]))));
            TryAll(Encoding.UTF8.GetBytes("{\"replicas\":[{" + string.Concat(bytes.Select(pick => pieces[pick % pieces.Length])) + "}]}"));
        });

        static void TryAll(byte[] json)
        {
            foreach (var parse in Parsers)
            {
                try
                {
                    if (parse(json) is StatusDocument status) StatusDocument.Parse(status.WithLastGarbageCollection(DateTimeOffset.UnixEpoch).ToBytes());
                }
                catch (CvmfsFormatException)
                {
                }
            }
        }
    }

    [Fact]
    public void Every_prefix_of_a_document_is_a_typed_error()
    {
        byte[] json = """{"schema":1,"email":"x","custom":{"a":[1,2,null]},"replicas":[{"name":"a.org","url":"/cvmfs/a.org"}],"last_gc":"Mon Jan  6 08:05:09 UTC 2025"}"""u8.ToArray();
        for (int length = 0; length < json.Length; length++)
        {
            foreach (var parse in Parsers) Assert.Throws<CvmfsFormatException>(() => parse(json[..length]));
        }
    }

    [Fact]
    [Conforms("protocol", 110)]
    public void Reads_and_writes_repository_meta_info()
    {
        byte[] json = Encoding.UTF8.GetBytes(
            """{"administrator":"A. Person","email":"cvmfs@example.org","organisation":"Example","description":"Test software","url":"https://example.org/","recommended-stratum0":"http://s0.example.org/cvmfs/test.example.org","recommended-stratum1s":["http://s1a.example.org/cvmfs/test.example.org"],"custom":{"group":"demo"}}""");
        var info = RepositoryMetaInfo.Parse(json);
        Assert.Equal(("A. Person", "cvmfs@example.org", "Example"), (info.Administrator, info.Email, info.Organisation));
        Assert.Equal(("Test software", "https://example.org/"), (info.Description, info.Url));
        Assert.Equal("http://s0.example.org/cvmfs/test.example.org", info.RecommendedStratum0);
        Assert.Equal(["http://s1a.example.org/cvmfs/test.example.org"], info.RecommendedStratum1s);
        Assert.Equal("demo", info.Custom!.Value.GetProperty("group").GetString());

        using var expected = JsonDocument.Parse(json);
        using var written = JsonDocument.Parse(info.ToBytes());
        Assert.True(JsonElement.DeepEquals(expected.RootElement, written.RootElement));
        Assert.Null(RepositoryMetaInfo.Parse("{}"u8.ToArray()).Administrator);
        Assert.Empty(RepositoryMetaInfo.Parse("{}"u8.ToArray()).RecommendedStratum1s);
    }

    [Theory]
    [InlineData("""["http://a/x","http://b/x"]""")]
    [InlineData("""[["http://a/x"],["http://b/x"]]""")]
    [InlineData("""[["http://a/x",["http://b/x"]], 5, null]""")]
    [InlineData("\"['http://a/x', 'http://b/x']\"")]
    [InlineData("""["[\"http://a/x\",\"http://b/x\"]"]""")]
    public void Lists_of_servers_are_flattened(string value)
        => Assert.Equal(["http://a/x", "http://b/x"], RepositoryMetaInfo.Parse(Encoding.UTF8.GetBytes($"{{\"recommended-stratum1s\":{value}}}")).RecommendedStratum1s);

    [Fact]
    [Conforms("protocol", 111)]
    [Conforms("protocol", 112)]
    public void Reads_repositories_with_aliases_and_pass_through()
    {
        var document = RepositoriesDocument.Parse(Encoding.UTF8.GetBytes("""
            { "schema": 1, "last_geodb_update": "Mon Jan  6 08:05:09 UTC 2025", "future": [1],
              "cvmfs_version": "2.12.0-1", "os_id": "rhel", "os_version_id": "9.5", "os_pretty_name": "RHEL 9.5",
              "repositories": [],
              "replicas": [ { "name": "test.example.org", "url": "/cvmfs/test.example.org", "x": 1 },
                            { "name": "data.example.org", "alias": "data", "url": "/cvmfs/data", "pass-through": true },
                            { "name": "plain.example.org" }, { "name": "../etc" }, { "url": "/cvmfs/x" }, 7 ] }
            """));
        Assert.Equal((1L, "2.12.0-1", "rhel", "9.5", "RHEL 9.5"), (document.Schema!.Value, document.CvmfsVersion, document.OsId, document.OsVersionId, document.OsPrettyName));
        Assert.Equal(2025, document.LastGeoDbUpdate!.Time!.Value.Year);
        Assert.Empty(document.Repositories);
        Assert.Equal(["test.example.org", "data.example.org", "plain.example.org"], document.Replicas.Select(replica => replica.Name.ToString()));
        Assert.Equal(["/cvmfs/test.example.org", "/cvmfs/data", "/cvmfs/plain.example.org"], document.Replicas.Select(replica => replica.Path));
        Assert.Equal([false, true, false], document.Replicas.Select(replica => replica.IsPassThrough));
        Assert.Equal(3, document.SkippedItems);
        Assert.Null(RepositoriesDocument.Parse("{}"u8.ToArray()).Schema);
    }

    [Fact]
    [Conforms("protocol", 113)]
    public void Writes_repositories_with_schema_1()
    {
        var document = new RepositoriesDocument
        {
            CvmfsVersion = "2.12.0-1",
            Replicas = [new RepositoryListing { Name = RepositoryName.Parse("data.example.org"), Alias = "data", IsPassThrough = true }],
        };
        using var expected = JsonDocument.Parse(
            """{"schema":1,"cvmfs_version":"2.12.0-1","repositories":[],"replicas":[{"name":"data.example.org","alias":"data","url":"/cvmfs/data","pass-through":true}]}""");
        using var written = JsonDocument.Parse(document.ToBytes());
        Assert.True(JsonElement.DeepEquals(expected.RootElement, written.RootElement));
    }

    [Fact]
    [Conforms("protocol", 114)]
    [Conforms("protocol", 116)]
    public void A_status_keeps_what_it_does_not_know()
    {
        var status = StatusDocument.Parse("""{ "future": {"a": [1, 2.50]}, "last_gc": "Sun Jan  5 02:00:00 UTC 2025", "last_snapshot": "old", "ключ": "ü" }"""u8.ToArray());
        var changed = status.WithLastSnapshot(new DateTimeOffset(2025, 1, 6, 8, 5, 9, TimeSpan.Zero));

        using var expected = JsonDocument.Parse(
            """{"future":{"a":[1,2.50]},"last_gc":"Sun Jan  5 02:00:00 UTC 2025","ключ":"ü","last_snapshot":"Mon Jan  6 08:05:09 UTC 2025"}""");
        using var written = JsonDocument.Parse(changed.ToBytes());
        Assert.True(JsonElement.DeepEquals(expected.RootElement, written.RootElement));
        Assert.Equal("old", status.LastSnapshot!.Text);
        Assert.Null(status.LastSnapshot.Time);
        Assert.Equal(new DateTimeOffset(2025, 1, 5, 2, 0, 0, TimeSpan.Zero), status.LastGarbageCollection!.Time);
    }

    [Fact]
    public void A_status_says_how_the_last_check_ended()
    {
        var at = new DateTimeOffset(2025, 1, 6, 8, 5, 9, TimeSpan.Zero);
        Assert.Null(StatusDocument.Empty.CheckSucceeded);
        Assert.Null(StatusDocument.Empty.LastCheck);
        Assert.True(StatusDocument.Empty.WithLastCheck(at, succeeded: true).CheckSucceeded);
        var failed = StatusDocument.Empty.WithLastCheck(at, succeeded: true).WithLastCheck(at, succeeded: false);
        Assert.False(failed.CheckSucceeded);
        Assert.Equal("Mon Jan  6 08:05:09 UTC 2025", failed.LastCheck!.Text);
        Assert.Equal(2, Encoding.UTF8.GetString(failed.ToBytes()).Count(c => c == ':') - 2);
        Assert.Null(StatusDocument.Parse("""{"check_status":"maybe"}"""u8.ToArray()).CheckSucceeded);
    }
}
