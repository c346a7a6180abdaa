using System.Net;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Testing.Geo;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class MaxMindDatabaseTests : IDisposable
{
    private static readonly IPAddress s_known = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_unknown = IPAddress.Parse("2001:db8::1");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_look_up_allocates_nothing()
    {
        var database = await OpenAsync(Sample());
        for (int i = 0; i < 100; i++) Assert.NotNull(database.Locate(s_known));
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                database.Locate(s_known);
                database.Locate(s_unknown);
            }
        }));
        database.Retire();
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public async Task A_file_that_is_shortened_and_written_over_in_place_does_no_harm()
    {
        var database = await OpenAsync(Sample());
        await using (var file = new FileStream(database.File, FileMode.Truncate)) file.WriteByte(0);
        Assert.Equal(new GeoPoint(46.25, 6), database.Locate(s_known)); // with the file itself mapped, this line ends the process
        database.Retire();
        await Assert.ThrowsAsync<CvmfsFormatException>(() => MaxMindDatabase.OpenAsync(database.File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_retired_database_lives_until_its_last_reader_has_left()
    {
        var database = await OpenAsync(Sample());
        Assert.True(database.TryEnter());
        database.Retire();
        Assert.True(database.TryEnter());
        Assert.NotNull(database.Locate(s_known));
        database.Exit();
        database.Exit();
        Assert.False(database.TryEnter());
    }

    [Fact]
    public async Task Says_why_a_file_cannot_be_used()
    {
        string empty = _folder.Write("empty", []);
        Assert.Equal(empty, (await Assert.ThrowsAsync<CvmfsFormatException>(() => MaxMindDatabase.OpenAsync(empty, TestContext.Current.CancellationToken))).Document);
        await Assert.ThrowsAsync<FileNotFoundException>(() => MaxMindDatabase.OpenAsync(_folder.Combine("absent"), TestContext.Current.CancellationToken));
        string text = _folder.Write("text", "no database"u8);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => MaxMindDatabase.OpenAsync(text, TestContext.Current.CancellationToken));
    }

    private static byte[] Sample() => new LocationDatabaseWriter().Add("192.0.2.0/24", 46.25, 6).ToBytes();

    private Task<MaxMindDatabase> OpenAsync(byte[] bytes) => MaxMindDatabase.OpenAsync(_folder.Write("geo.mmdb", bytes), TestContext.Current.CancellationToken);
}
