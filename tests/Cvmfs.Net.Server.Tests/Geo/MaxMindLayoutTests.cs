using System.Net;
using System.Text;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Testing.Geo;
using FsCheck;
using FsCheck.Fluent;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class MaxMindLayoutTests
{
    private const string File = "geo.mmdb";

    public static TheoryData<int, int, bool> Forms => new()
    {
        { 24, 4, true }, { 28, 4, false }, { 32, 4, true }, { 24, 6, false }, { 28, 6, true }, { 32, 6, true },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Finds_places_in_every_form_of_the_file(int recordBits, int ipVersion, bool usePointers)
    {
        var writer = new LocationDatabaseWriter { RecordBits = recordBits, IpVersion = ipVersion, UsePointers = usePointers }
            .Add("192.0.2.0/24", 46.2324, 6.0502)
            .Add("198.51.100.7/32", -33.5, 151.25)
            .AddWithoutPlace("203.0.113.0/24")
            .AddFlat("10.0.0.0/8", 41.5f, -88.5f);
        if (ipVersion == 6) writer.Add("2001:db8::/32", 51.75, -1.25);
        byte[] bytes = writer.ToBytes();
        var layout = MaxMindLayout.Read(bytes, File);

        Assert.Equal((ipVersion, "GeoLite2-City", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), (layout.IpVersion, layout.DatabaseType, layout.BuiltAt));
        Assert.Equal(new GeoPoint(46.2324, 6.0502), Locate("192.0.2.0"));
        Assert.Equal(new GeoPoint(46.2324, 6.0502), Locate("192.0.2.255"));
        Assert.Equal(new GeoPoint(46.2324, 6.0502), Locate("::ffff:192.0.2.1"));
        Assert.Equal(new GeoPoint(-33.5, 151.25), Locate("198.51.100.7"));
        Assert.Equal(new GeoPoint(41.5, -88.5), Locate("10.255.0.1"));
        Assert.Null(Locate("198.51.100.6"));
        Assert.Null(Locate("192.0.3.0"));
        Assert.Null(Locate("203.0.113.9"));
        Assert.Equal(ipVersion == 6 ? new GeoPoint(51.75, -1.25) : null, Locate("2001:db8::1"));
        Assert.Null(Locate("2001:db9::1"));
        Assert.Null(Locate("::1"));

        GeoPoint? Locate(string address) => layout.Locate(bytes, IPAddress.Parse(address));
    }

    [Fact]
    public void A_file_that_was_cut_off_anywhere_is_refused_or_answers()
    {
        byte[] bytes = Small();
        for (int length = 0; length < bytes.Length; length++) Probe(bytes[..length]);
        Assert.Throws<CvmfsFormatException>(() => MaxMindLayout.Read(bytes.AsSpan(0, bytes.Length / 2), File));
        Assert.Throws<CvmfsFormatException>(() => MaxMindLayout.Read([], File));
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public void No_damage_does_more_than_a_typed_exception()
    {
        byte[] sound = Small();
        Properties.Hold(
            Gen.ArrayOf(ArbMap.Default.GeneratorFor<(ushort At, byte Value)>()),
            damage =>
            {
                byte[] bytes = [.. sound];
                foreach (var (at, value) in damage.Take(8)) bytes[at % bytes.Length] = value;
                Probe(bytes);
            },
            cases: 3000,
            size: 8);
    }

    [Fact]
    public void Bytes_in_place_of_a_record_do_no_more_than_a_typed_exception()
        => Properties.Hold((byte[] record) => Probe(new LocationDatabaseWriter().AddRaw("0.0.0.0/1", record).Add("128.0.0.0/1", 1, 2).ToBytes()), cases: 3000);

    [Theory]
    [InlineData("20 00", "points to a pointer")]                            // to itself
    [InlineData("E1 20 00", "")]                                             // the key is a pointer to the map it stands in
    [InlineData("E1 A1 07", "key is of type")]                               // the key is a number
    [InlineData("FF FF FF FF", "bytes announced")]                           // sixteen million pairs that are not there
    [InlineData("E1 48 6C 6F 63 61 74 69 6F 6E 3F FF FF FF FF", "pointer")]  // the location is four billion bytes away
    [InlineData("E1 5F FF FF FF", "bytes announced")]                        // a key as long as the file is not
    [InlineData("00 05", "type 12")]
    [InlineData("00 FF", "type 262")]
    [InlineData("E1 48 6C 6F 63 61 74 69 6F 6E E1 48 6C 61 74 69 74 75 64 65 67 00", "size of 7")] // a double of seven bytes
    public void A_broken_record_is_named_with_file_and_offset(string hex, string what)
    {
        byte[] bytes = new LocationDatabaseWriter().AddRaw("0.0.0.0/1", Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))).ToBytes();
        var layout = MaxMindLayout.Read(bytes, File);
        var fault = Assert.Throws<CvmfsFormatException>(() => layout.Locate(bytes, IPAddress.Parse("1.2.3.4")));
        Assert.Equal(File, fault.Document);
        Assert.InRange(fault.Offset!.Value, 1, bytes.Length);
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bomb_of_nested_maps_ends_after_a_bounded_number_of_fields()
    {
        // Each map's only value is the next map: deep. Then a wide one. Neither may recurse or go on to the end.
        byte[] deep = [.. Enumerable.Repeat<byte[]>([0xE1, 0x41, (byte)'x'], 100_000).SelectMany(level => level)];
        byte[] wide = [0xFF, 0x00, 0xFF, 0xFF, .. Enumerable.Repeat<byte[]>([0x41, (byte)'x', 0xA0], 200_000).SelectMany(pair => pair)];
        foreach (byte[] record in (byte[][])[deep, wide])
        {
            byte[] bytes = new LocationDatabaseWriter().AddRaw("0.0.0.0/1", record).ToBytes();
            var layout = MaxMindLayout.Read(bytes, File);
            var fault = Assert.Throws<CvmfsFormatException>(() => layout.Locate(bytes, IPAddress.Parse("1.2.3.4")));
            Assert.Contains("fields", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Numbers_that_are_no_place_are_no_place()
    {
        byte[] bytes = new LocationDatabaseWriter().Add("1.0.0.0/8", 91, 0).Add("2.0.0.0/8", double.NaN, 0).Add("3.0.0.0/8", 0, double.NegativeInfinity).Add("4.0.0.0/8", -90, 180).ToBytes();
        var layout = MaxMindLayout.Read(bytes, File);
        Assert.Equal([null, null, null, new GeoPoint(-90, 180)], Enumerable.Range(1, 4).Select(n => layout.Locate(bytes, new IPAddress([(byte)n, 0, 0, 1]))));
    }

    [Theory]
    [InlineData("record_size", 0xA1, 28, 25, "25 bits")]
    [InlineData("ip_version", 0xA1, 6, 5, "version 5")]
    [InlineData("binary_format_major_version", 0xA1, 2, 3, "version 3")]
    public void Metadata_of_another_format_is_refused(string key, byte control, byte value, byte other, string what)
    {
        byte[] bytes = Small();
        int at = bytes.AsSpan().LastIndexOf([.. Encoding.ASCII.GetBytes(key), control, value]) + key.Length + 1;
        bytes[at] = other;
        Assert.Contains(what, Assert.Throws<CvmfsFormatException>(() => MaxMindLayout.Read(bytes, File)).Message, StringComparison.Ordinal);
    }

    private static byte[] Small() => new LocationDatabaseWriter().Add("0.0.0.0/1", 1, 2).AddWithoutPlace("128.0.0.0/2").AddFlat("2001:db8::/32", 3, 4).ToBytes();

    private static void Probe(byte[] bytes)
    {
        try
        {
            var layout = MaxMindLayout.Read(bytes, File);
            foreach (string address in (string[])["0.0.0.0", "1.2.3.4", "127.255.255.255", "128.0.0.1", "255.255.255.255", "::", "2001:db8::1", "ffff::"])
            {
                if (layout.Locate(bytes, IPAddress.Parse(address)) is { } place) Assert.True(GeoPoint.IsPlace(place.Latitude, place.Longitude));
            }
        }
        catch (CvmfsFormatException fault)
        {
            Assert.Equal(File, fault.Document);
        }
    }
}
