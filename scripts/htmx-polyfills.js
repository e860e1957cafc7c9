Array.prototype.flat||Object.defineProperty(Array.prototype,"flat",{configurable:!0,writable:!0,value:function(d){d=d===undefined?1:Number(d)||0;return d<1?this.slice():this.reduce(function(a,v){return a.concat(Array.isArray(v)?v.flat(d-1):[v])},[])}});
Object.fromEntries||(Object.fromEntries=function(i){var o={};Array.from(i).forEach(function(e){o[e[0]]=e[1]});return o});
