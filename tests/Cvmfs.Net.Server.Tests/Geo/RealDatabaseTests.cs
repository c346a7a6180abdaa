using System.Net;
using Cvmfs.Net.Server.Geo;

namespace Cvmfs.Net.Server.Tests.Geo;

/// <summary>Reads databases that others made. They are too large to be kept here: docs/testing.md says where they come from.</summary>
public sealed class RealDatabaseTests
{
    private const string Variable = "CVMFSNET_GEO_DATABASE";

    private static string File
    {
        get
        {
            string? file = Environment.GetEnvironmentVariable(Variable);
            Assert.SkipWhen(string.IsNullOrEmpty(file), $"{Variable} names no database; .ci/run fetches one");
            return file!;
        }
    }

    [Theory]
    [InlineData("128.141.0.1", 46, 6)]      // CERN
    [InlineData("131.225.0.1", 42, -88)]    // Fermilab
    [InlineData("130.246.0.1", 51.7, -1.3)] // Rutherford Appleton Laboratory
    [InlineData("202.122.32.1", 39.9, 116.4)] // IHEP
    [InlineData("2001:1458::1", 46, 6)]     // CERN again
    [InlineData("133.11.0.1", 35.7, 139.7)] // University of Tokyo
    public async Task Knows_where_laboratories_are(string address, double latitude, double longitude)
    {
        var database = await MaxMindDatabase.OpenAsync(File, TestContext.Current.CancellationToken);
        var place = database.Locate(IPAddress.Parse(address));
        database.Retire();
        Assert.NotNull(place);
        // Within a country's reach, 0.1 rad or 640 km: free databases often know no more.
        Assert.InRange(place.Value.ArcTo(new GeoPoint(latitude, longitude)), 0, 0.1);
    }

    [Fact]
    public async Task Answers_for_every_network_of_either_protocol()
    {
        var database = await MaxMindDatabase.OpenAsync(File, TestContext.Current.CancellationToken);
        int known = 0;
        for (int n = 0; n < 1 << 16; n++)
        {
            if (database.Locate(new IPAddress([(byte)(n >> 8), (byte)n, 0, 1])) is not null) known++;
        }

        var random = new Random(20_261_122);
        byte[] six = new byte[16];
        for (int n = 0; n < 1 << 16; n++)
        {
            random.NextBytes(six);
            six[0] = 0x20;
            six[1] = (byte)(n & 0x0f);
            database.Locate(new IPAddress(six));
        }

        database.Retire();
        Assert.InRange(known, 30_000, 65_536);
    }

    [Fact]
    public async Task No_damage_does_more_than_a_typed_exception()
    {
        byte[] sound = await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken);
        var random = new Random(20_261_122);
        int faults = 0;
        for (int round = 0; round < 300; round++)
        {
            // In the metadata, in the tree's upper nodes, and anywhere: the last is mostly never read.
            int at = (round % 3) switch { 0 => sound.Length - 1 - random.Next(300), 1 => random.Next(4096), _ => random.Next(sound.Length) };
            byte before = sound[at];
            sound[at] = (byte)random.Next(256);
            try
            {
                var layout = MaxMindLayout.Read(sound, "damaged");
                for (int n = 0; n < 256; n++) layout.Locate(sound, new IPAddress([(byte)n, 1, 2, 3]));
            }
            catch (CvmfsFormatException)
            {
                faults++;
            }

            sound[at] = before;
        }

        Assert.InRange(faults, 1, 299);
    }
}
