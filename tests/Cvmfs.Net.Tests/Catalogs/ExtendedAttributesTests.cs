using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

public sealed class ExtendedAttributesTests
{
    private const string OneAttribute = "010109057573 65722e7465737476616c7565";
    private const string TwoAttributes = "0102131473656375726974792e6361706162696c69747901000002000400000000000000000000000000000600757365722e61";

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Pair(string key, byte[] value) => new(Encoding.UTF8.GetBytes(key), value);

    [Fact]
    [Conforms("protocol", 83)]
    public void Reads_and_writes_one_attribute_byte_by_byte()
    {
        var attributes = ExtendedAttributes.Parse(Hex(OneAttribute));
        Assert.Single(attributes);
        Assert.True(attributes.TryGetValue("user.test"u8, out var value));
        Assert.Equal("value"u8, value.Span);
        Assert.Equal(Hex(OneAttribute), ExtendedAttributes.Create([Pair("user.test", "value"u8.ToArray())]).Serialize());
    }

    [Fact]
    [Conforms("protocol", 83)]
    public void Reads_and_writes_a_binary_and_an_empty_value_in_the_order_of_keys()
    {
        byte[] capability = [1, 0, 0, 2, 0, 4, .. new byte[14]];
        var attributes = ExtendedAttributes.Parse(Hex(TwoAttributes));
        Assert.Equal(2, attributes.Count);
        Assert.Equal(capability, attributes[0].Value.ToArray());
        Assert.True(attributes.TryGetValue("user.a"u8, out var empty));
        Assert.True(empty.IsEmpty);
        Assert.Equal(Hex(TwoAttributes), ExtendedAttributes.Create([Pair("user.a", []), Pair("security.capability", capability)]).Serialize());
    }

    [Theory]
    [Conforms("protocol", 84)]
    [InlineData("00")]                       // shorter than its header
    [InlineData("01")]
    [InlineData("0201 0101 61 62")]          // version 2
    [InlineData("0001 0101 61 62")]          // version 0
    [InlineData("0101 0001 62")]             // an empty key
    [InlineData("0102 0101 61 62 0001 63")]  // an empty key behind a good one
    [InlineData("0101 0102 61 62")]          // a value cut short
    [InlineData("0101 01")]                  // a length cut short
    [InlineData("0102 0101 61 62")]          // one of two
    public void Discards_a_damaged_list_as_a_whole(string hex)
    {
        Assert.False(ExtendedAttributes.TryParse(Hex(hex), out var attributes));
        Assert.Empty(attributes);
        Assert.Empty(ExtendedAttributes.Parse(Hex(hex)));
    }

    [Fact]
    [Conforms("protocol", 84)]
    public void Every_prefix_of_a_list_is_discarded()
    {
        byte[] stored = Hex(TwoAttributes);
        for (int length = 1; length < stored.Length; length++) Assert.False(ExtendedAttributes.TryParse(stored.AsSpan(0, length), out _), $"{length} bytes");
        Assert.True(ExtendedAttributes.TryParse([], out _));
    }

    [Fact]
    public void The_last_of_equal_keys_wins_and_further_bytes_mean_nothing()
    {
        var attributes = ExtendedAttributes.Parse(Hex("0102 0101 61 31 0101 61 32 ffff"));
        Assert.Single(attributes);
        Assert.Equal("2"u8, attributes[0].Value.Span);
    }

    [Fact]
    public void Refuses_to_make_what_cannot_be_stored()
    {
        Assert.Throws<ArgumentException>(() => ExtendedAttributes.Create([Pair("", [1])]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributes.Create([Pair("a\0b", [1])]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributes.Create([Pair(new string('k', 256), [1])]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributes.Create([Pair("k", new byte[256])]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributes.Create([Pair("k", [1]), Pair("k", [2])]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributes.Create(Enumerable.Range(0, 256).Select(i => Pair($"k{i}", []))));
    }

    [Fact]
    public void Holds_255_attributes_of_full_length()
    {
        var attributes = ExtendedAttributes.Create(Enumerable.Range(0, 255).Select(i => Pair($"{i:d255}", new byte[255])));
        byte[] stored = attributes.Serialize();
        Assert.Equal(2 + 255 * (2 + 255 + 255), stored.Length);
        Assert.Equal(attributes, ExtendedAttributes.Parse(stored), (left, right) => left.Serialize().AsSpan().SequenceEqual(right.Serialize()));
    }

    [Fact]
    public void No_attributes_are_nothing_to_store() => Assert.Empty(ExtendedAttributes.Create([]).Serialize());

    [Fact]
    public void Random_bytes_are_parsed_or_discarded() => Properties.Hold((byte[] stored) =>
    {
        bool whole = ExtendedAttributes.TryParse(stored, out var attributes);
        return whole || attributes.Count == 0;
    });

    [Fact]
    public void Random_bytes_behind_a_good_header_are_parsed_or_discarded() => Properties.Hold((byte[] rest, byte count) =>
    {
        bool whole = ExtendedAttributes.TryParse([1, count, .. rest], out var attributes);
        return attributes.Count <= count && (whole || attributes.Count == 0);
    });

    [Fact]
    public void What_is_made_is_read_back() => Properties.Hold((byte[][] keys, byte[] value) =>
    {
        var pairs = keys.Where(key => ExtendedAttributes.CanStore(key, value)).DistinctBy(Convert.ToHexString)
            .Select(key => new KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(key, value)).Take(255).ToList();
        byte[] stored = ExtendedAttributes.Create(pairs).Serialize();
        var read = ExtendedAttributes.Parse(stored);
        return read.Count == pairs.Count && pairs.All(pair => read.TryGetValue(pair.Key.Span, out var found) && found.Span.SequenceEqual(value))
            && read.Serialize().AsSpan().SequenceEqual(stored);
    });
}
