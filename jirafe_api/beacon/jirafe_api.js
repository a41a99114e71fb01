/*! jirafe_api 1.0.0 */

// Tells the Jirafe Events API that served this file of pageviews and visits. Plain ES5.
// docs/beacon.md says how a shop's pages use it, and what the cookies are.
(function () {
  'use strict';

  var TYPES = 'homepage category product search cart checkout order_confirm order_success other';
  var HALF_HOUR = 1800; // in seconds, as all lifetimes
  var TWO_YEARS = 63072000;
  var VISITOR = 'jirafe_vis';
  var VISIT = 'jirafe_vid';
  var PAGE = 'jirafe_pvid';
  var LAST_PAGE = 'jirafe_lpvid';
  var TAGS = 'jirafe_atr';
  var base = baseUrl();
  var images = []; // else they may be collected before they are sent
  var order;
  var tries = 0;

  if (window.jirafe_api) {
    return;
  }
  window.jirafe_api = {pageview: safely(pageview), order: {success: safely(success)}};
  window.jirafe_parseAttribution = parameters;
  whenDefined();

  // Calls the page's own function, once, even where a later script defines it.
  function whenDefined() {
    if (typeof window.jirafe_deferred === 'function') {
      window.jirafe_deferred(window.jirafe_api);
    } else if (tries++ < 600) {
      setTimeout(whenDefined, 100);
    }
  }

  // A shop must not break by what only counts.
  function safely(tell) {
    return function (org, site, type, data) {
      try {
        if (navigator.globalPrivacyControl || navigator.doNotTrack === '1') {
          [VISITOR, VISIT, PAGE, LAST_PAGE, TAGS].forEach(function (name) {
            keep(name, '');
          });
        } else if (base && text(site)) {
          tell(org, site, type, data || {});
        }
      } catch (error) {
        console.error('jirafe_api', error);
      }
    };
  }

  // The number goes with the page's own pageview, or with one of its own where there is none.
  function success(org, site, data) {
    order = data.order;
    setTimeout(function () {
      if (order) {
        window.jirafe_api.pageview(org, site, 'order_success');
      }
    }, 0);
  }

  function pageview(org, site, type, data) {
    var now = new Date();
    var page = newId();
    var lastPage = cookie(PAGE);
    var visitor = cookie(VISITOR) || newId();
    var visit = cookie(VISIT);
    var day = now.getFullYear() * 10000 + now.getMonth() * 100 + 100 + now.getDate() + '-';
    var tags = cookie(TAGS);
    var newTags = texts(data.attribution).join('\n');
    var isNew = visit.indexOf(day) || newTags && newTags !== tags;
    if (isNew) {
      visit = day + newId();
      lastPage = '';
      tags = newTags;
    }
    keep(VISITOR, visitor, TWO_YEARS);
    keep(VISIT, visit, HALF_HOUR);
    keep(PAGE, page, HALF_HOUR);
    keep(LAST_PAGE, lastPage, HALF_HOUR);
    keep(TAGS, tags, HALF_HOUR);
    tags = texts(tags.split('\n'));
    if (isNew) {
      send('visit', {visit: {
        id: visit,
        visitor: visitor,
        landing_url: text(location.href.split('#')[0]),
        referrer_url: text(document.referrer),
        user_agent: text(navigator.userAgent),
        tag_attribution: tags,
        rule_attribution: ruled()
      }});
    }
    send('pageview', {visit: {id: visit, visitor: visitor}, pageview: {
      page_type: TYPES.split(' ').indexOf(type) < 0 ? 'other' : type,
      product: product(data.product),
      category: some(data.category, ['id', 'name']),
      search: search(data.search),
      attribution: tags[0] && tags,
      order: some(order, ['num'])
    }});
    order = 0;

    function send(kind, event) {
      event.org = text(org) || undefined;
      event.site = text(site);
      event.timestamp = now.toISOString();
      event.page = {page_id: page, prev_page_id: lastPage || undefined};
      deliver(base + kind, JSON.stringify(event));
    }
  }

  // Text is sent as text/plain, for which browsers ask nobody first.
  function deliver(url, json) {
    if (!navigator.sendBeacon || !navigator.sendBeacon(url, json)) {
      var image = new Image();
      image.src = url + '.gif?data=' + encodeURIComponent(json);
      images.push(image);
    }
  }

  // What the landing itself tells of where the visitor came from.
  function ruled() {
    var campaign = parameters(['utm_source', 'utm_medium', 'utm_campaign']);
    var link = document.createElement('a');
    link.href = document.referrer;
    if (campaign.length) {
      return texts(['campaign'].concat(campaign));
    }
    return document.referrer && link.hostname !== location.hostname ?
      ['referral', link.hostname] : ['direct'];
  }

  function product(data) {
    var found = some(data, ['product_code', 'sku_code', 'name']);
    return found && found.product_code && found;
  }

  function search(data) {
    if (data) {
      var found = some(data, ['term']) || {};
      found.page = count(data.page);
      found.total_results = count(data.total_results);
      return found;
    }
  }

  // The members that are texts or numbers, as texts; undefined where there is none.
  function some(data, names) {
    var found;
    names.forEach(function (name) {
      var value = text((data || {})[name]);
      if (value) {
        found = found || {};
        found[name] = value;
      }
    });
    return found;
  }

  // A value as a text within bounds, '' for what is neither text nor number.
  function text(value) {
    return /string|number/.test(typeof value) ?
      String(value).slice(0, 1000).replace(/[\uD800-\uDBFF]$/, '') : '';
  }

  // At most five texts, short enough for a cookie.
  function texts(values) {
    return [].concat(values).map(function (value) {
      return text(text(value).slice(0, 100));
    }).filter(Boolean).slice(0, 5);
  }

  function count(value) {
    return /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : undefined;
  }

  // The values of URL parameters, in the order of the names; those that are missing are left out.
  function parameters(names) {
    var values = {};
    location.search.slice(1).split('&').forEach(function (pair) {
      var parts = pair.replace(/\+/g, ' ').split('=');
      var name = decoded(parts.shift());
      values[name] = values[name] || decoded(parts.join('='));
    });
    return names.map(function (name) {
      return values[name];
    }).filter(text);
  }

  function decoded(value) {
    try {
      return decodeURIComponent(value);
    } catch (error) {
      return value;
    }
  }

  function cookie(name) {
    var found = new RegExp('(?:^|; )' + name + '=([^;]*)').exec(document.cookie);
    return found ? decoded(found[1]) : '';
  }

  function keep(name, value, seconds) {
    document.cookie = name + '=' + encodeURIComponent(value) + ';path=/;SameSite=Lax' +
      ';max-age=' + (value ? seconds : 0) + (location.protocol === 'https:' ? ';Secure' : '');
  }

  // 128 random bits in hexadecimal digits.
  function newId() {
    return [].map.call(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return (256 | byte).toString(16).slice(1);
    }).join('');
  }

  // Where this very file came from.
  function baseUrl() {
    var scripts = document.getElementsByTagName('script');
    for (var place = scripts.length; place--;) {
      var found = /^([^?#]*)\/jirafe_api\.js/.exec(scripts[place].src);
      if (found) {
        return found[1] + '/v2/tracker/';
      }
    }
  }
})();
